import 'fake-indexeddb/auto'
import { IDBFactory } from 'fake-indexeddb'
import { expect, test } from 'vitest'
import type { Key, ReadTransaction, ScanOptions } from '../../../src/ports/storage.ts'
import { createIndexedDbStorage } from '../../../src/storage/indexeddb/indexeddb-storage.ts'
import { aMessage } from '../../../src/testing/storage-contract/samples.ts'
import { FILE_CUT, FILE_GONE, makeUnreadable } from '../../builders/unreadable.ts'
import { setTimer } from '../../contract/storage/set-timer.ts'

const place = (n: number): Key => ['c', aMessage('c', n).born, aMessage('c', n).id]

/** Nine messages, of which the fourth and the seventh cannot be read. */
async function aStorage(failure = FILE_GONE) {
  const factory = new IDBFactory()
  const storage = await createIndexedDbStorage({ factory, setTimer }).open('db')
  const messages = Array.from({ length: 9 }, (_, n) => aMessage('c', n))
  await storage.write(['messages'], 'strict', async (tx) => {
    for (const message of messages) await tx.put('messages', message)
  })
  for (const n of [3, 6]) makeUnreadable(factory, 'db', 'messages', place(n), failure)
  const left = messages.map(({ conversationId, born, id }, n) =>
    n === 3 || n === 6 ? { conversationId, born, id } : messages[n],
  )
  const scan = (options: ScanOptions = {}) =>
    storage.read(['messages'], (tx: ReadTransaction) => tx.scan('messages', options))
  return { factory, storage, messages, left, scan }
}

test.each([
  ['gone', FILE_GONE],
  ['cut', FILE_CUT],
])('a record whose file is %s is answered as its key, and all others as they are', async (_, failure) => {
  const { storage, left, scan } = await aStorage(failure)
  expect(await scan()).toEqual(left)
  expect(await scan({ direction: 'backward' })).toEqual([...left].reverse())
  expect(await scan({ direction: 'backward', limit: 4 })).toEqual([...left].reverse().slice(0, 4))
  expect(await scan({ limit: 5 })).toEqual(left.slice(0, 5))
  expect(await scan({ range: { lower: place(3), lowerOpen: true }, limit: 2 })).toEqual(left.slice(4, 6))
  expect(await scan({ index: 'byId', range: { lower: ['c'], upper: ['c', []] } })).toHaveLength(9)
  expect(await storage.read(['messages'], (tx) => tx.get('messages', place(6)))).toEqual(left[6])
})

test('a record that cannot be read still says what indexes know of it', async () => {
  const { factory, storage } = await aStorage()
  const record = { id: 'c', projectId: 'p', shelf: 'open', lastMessageAt: 7, title: 'x' }
  await storage.write(['conversations'], 'strict', (tx) => tx.put('conversations', record as never))
  makeUnreadable(factory, 'db', 'conversations', 'c')
  const { title: _, ...told } = record
  expect(await storage.read(['conversations'], (tx) => tx.get('conversations', 'c'))).toEqual(told)
})

test('a transaction that meets unreadable records writes once, and over them', async () => {
  const { factory, storage, messages } = await aStorage()
  makeUnreadable(factory, 'db', 'messages', place(8))
  const seen = await storage.write(['messages', 'settings'], 'strict', async (tx) => {
    const counter = ((await tx.get('settings', 'counter'))?.value as number | undefined) ?? 0
    await tx.put('settings', { name: 'counter', value: counter + 1 })
    const first = await tx.get('messages', place(6))
    await tx.put('messages', messages[6] as never)
    const again = await tx.get('messages', place(6))
    await tx.scan('messages')
    await tx.delete('messages', { range: { lower: place(3), upper: place(4) } })
    await tx.delete('messages', place(8))
    return { first, again, deleted: await tx.get('messages', place(3)), left: await tx.scan('messages') }
  })
  expect(seen.first).not.toHaveProperty('heads')
  expect(seen.again).toEqual(messages[6])
  expect(seen.deleted).toBeUndefined()
  expect(seen.left).toEqual([0, 1, 2, 5, 6, 7].map((n) => messages[n]))
  expect(await storage.read(['messages'], (tx) => tx.scan('messages'))).toEqual(seen.left)
  expect((await storage.read(['settings'], (tx) => tx.get('settings', 'counter')))?.value).toBe(1)
})

test('a record that could not be read once is not taken for lost', async () => {
  const { factory, storage, messages } = await aStorage()
  let failures = 0
  const { value } = Object.getOwnPropertyDescriptor({ value: messages[0] }, 'value') ?? {}
  makeUnreadable(factory, 'db', 'messages', place(0), () => {
    failures += 1
    return FILE_CUT()
  })
  expect(await storage.read(['messages'], (tx) => tx.get('messages', place(0)))).not.toEqual(value)
  expect(failures).toBe(2)
})
