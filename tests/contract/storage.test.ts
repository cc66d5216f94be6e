import 'fake-indexeddb/auto'
import { IDBFactory } from 'fake-indexeddb'
import { describe, test } from 'vitest'
import { createIndexedDbStorage } from '../../src/storage/indexeddb/indexeddb-storage.ts'
import { createLocalStorageStorage } from '../../src/storage/local-storage.ts'
import { createMemoryStorage } from '../../src/storage/memory.ts'
import { describeStorageContract } from '../../src/testing/storage-contract.ts'
import { setTimer } from '../unit/storage/set-timer.ts'
import { createTextStorage } from '../unit/storage/text-storage.ts'

describe('memory', () => {
  for (const { name, run } of describeStorageContract('memory', () => createMemoryStorage())) test(name, run)
})

describe('memory with a hook at every request', () => {
  const makeFactory = () => createMemoryStorage({ onRequest: () => Promise.resolve(), onCommit: () => {} })
  for (const { name, run } of describeStorageContract('hooked', makeFactory)) test(name, run)
})

describe('local storage', () => {
  let storage = createTextStorage()
  const makeFactory = () => {
    storage = createTextStorage({ quotaUnits: 4_000_000 })
    return createLocalStorageStorage({ storage, setTimer })
  }
  const tests = describeStorageContract('local', makeFactory, {
    otherTab: () => createLocalStorageStorage({ storage, setTimer }),
    quotaBytes: 4_000_000,
    makeNewer: (database, minReader) => {
      const key = `chatkeep/${encodeURIComponent(database)}/settings/"schema"`
      storage.setItem(key, JSON.stringify({ name: 'schema', value: { version: 2, minReader } }))
      storage.setItem(`chatkeep/${encodeURIComponent(database)}/:version`, '1000')
    },
  })
  for (const { name, run } of tests) test(name, run)
})

describe('IndexedDB (fake)', () => {
  let factory = new IDBFactory()
  const makeFactory = () => {
    factory = new IDBFactory()
    return createIndexedDbStorage({ factory, setTimer })
  }
  const tests = describeStorageContract('indexeddb', makeFactory, {
    otherTab: () => createIndexedDbStorage({ factory, setTimer }),
    makeNewer: (database, minReader) => upgrade(factory, database, minReader),
  })
  for (const { name, run } of tests) test(name, run)
})

/** What a newer build leaves: a higher version, another store, and its minReader. */
function upgrade(factory: IDBFactory, database: string, minReader: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = factory.open(database, 2)
    request.onupgradeneeded = () => {
      request.result.createObjectStore('novelty')
      request.transaction?.objectStore('settings').put({ name: 'schema', value: { version: 2, minReader } })
    }
    request.onerror = () => reject(request.error)
    request.onsuccess = () => {
      request.result.close()
      resolve()
    }
  })
}
