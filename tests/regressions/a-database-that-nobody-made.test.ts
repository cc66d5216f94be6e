import { expect, test } from 'vitest'
import { createIndexedDbStorage } from '../../src/storage/indexeddb/indexeddb-storage.ts'

test('a database that was only looked for is not listed, though WebKit keeps it as version 0', async () => {
  const databases = [
    { name: 'looked-for', version: 0 },
    { name: 'made', version: 1 },
  ]
  const factory = { databases: async () => databases } as unknown as IDBFactory
  const storage = createIndexedDbStorage({ setTimer: () => () => {}, factory })
  expect(await storage.list()).toEqual(['made'])
})
