export { createMemoryStorage, type MemoryHooks, type MemoryStorageFactory } from '../storage/memory.ts'
export { type ContractTest, describeStorageContract, type StorageFaults } from './storage-contract.ts'
