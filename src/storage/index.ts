export { createIndexedDbStorage, type IndexedDbOptions } from './indexeddb/indexeddb-storage.ts'
export { createLocalStorageStorage, type LocalStorageOptions } from './local-storage.ts'
export { createMemoryStorage, type MemoryHooks, type MemoryStorageFactory } from './memory.ts'
