import 'fake-indexeddb/auto'
import { forceCloseDatabase, IDBFactory } from 'fake-indexeddb'
import { describe, test } from 'vitest'
import { createIndexedDbStorage } from '../../src/storage/indexeddb/indexeddb-storage.ts'
import { createLocalStorageStorage } from '../../src/storage/local-storage.ts'
import { createMemoryStorage } from '../../src/storage/memory.ts'
import { describeStorageContract } from '../../src/testing/storage-contract.ts'
import { makeNewer, makeNewerText } from './storage/make-newer.ts'
import { setTimer } from './storage/set-timer.ts'
import { createTextStorage } from './storage/text-storage.ts'

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
    makeNewer: (database, minReader) => makeNewerText(storage, database, minReader),
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
    makeNewer: (database, minReader) => makeNewer(factory, database, minReader),
    loseConnections: async (database) => {
      await new Promise((resolve) => setTimeout(resolve, 5))
      const { _databases: databases } = factory as unknown as { _databases: Map<string, { connections: [] }> }
      for (const connection of [...(databases.get(database)?.connections ?? [])])
        forceCloseDatabase(connection)
    },
  })
  for (const { name, run } of tests) test(name, run)
})
