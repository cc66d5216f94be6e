import { expect, test } from 'vitest'
import type { Storage } from '../../../src/ports/storage.ts'
import { createLocalStorageStorage } from '../../../src/storage/local-storage.ts'
import { aMessage, aRow } from '../../../src/testing/storage-contract/samples.ts'
import { createTextStorage, type FakeTextStorage } from '../../contract/storage/text-storage.ts'

/** Time passes at once. */
const setTimer = (callback: () => void) => {
  queueMicrotask(callback)
  return () => {}
}

const open = (storage: FakeTextStorage) => createLocalStorageStorage({ storage, setTimer }).open('db')

async function contentOf(storage: Storage) {
  return storage.read(['messages', 'outbox'], async (tx) => ({
    messages: await tx.scan('messages'),
    outbox: await tx.scan('outbox'),
  }))
}

/** A conversation with an outbox row, as the disk holds it. */
async function aFilledStorage(): Promise<FakeTextStorage> {
  const texts = createTextStorage()
  const storage = await open(texts)
  await storage.write(['messages', 'outbox'], 'strict', async (tx) => {
    for (const born of [1, 2, 3]) await tx.put('messages', aMessage('c', born))
    await tx.put('outbox', aRow('c'))
  })
  return texts
}

/** One transaction that inserts, replaces and deletes. */
const change = (storage: Storage) =>
  storage.write(['messages', 'outbox'], 'strict', async (tx) => {
    await tx.put('messages', aMessage('c', 2, 'm2', 'changed'))
    await tx.put('messages', aMessage('c', 4))
    await tx.delete('messages', ['c', 1, 'm1'])
    await tx.put('outbox', aRow('d'))
  })

test('a tab that dies at any write leaves all of its transaction or nothing', async () => {
  const before = await contentOf(await open(await aFilledStorage()))
  const complete = createTextStorage({ entries: (await aFilledStorage()).snapshot() })
  await change(await open(complete))
  const after = await contentOf(await open(complete))

  const outcomes = new Set<string>()
  for (let survived = 0; ; survived++) {
    let writes = 0
    let isDead = false
    const texts = createTextStorage({
      entries: (await aFilledStorage()).snapshot(),
      onWrite: () => {
        isDead ||= writes++ === survived
        if (isDead) throw new Error('the tab is gone')
      },
    })
    await change(await open(texts)).catch(() => {})
    const disk = texts.snapshot()
    const reopened = createTextStorage({ entries: disk })
    const content = await contentOf(await open(reopened))
    expect([before, after]).toContainEqual(content)
    outcomes.add(JSON.stringify(content))
    expect(Array.from(reopened.snapshot().keys()).filter((key) => key.endsWith(':journal'))).toEqual([])
    if (!isDead) break
  }
  expect(outcomes.size).toBe(2)
})

test('deleting works when the storage is completely full', async () => {
  const texts = createTextStorage({ quotaUnits: 80_000 })
  const storage = await open(texts)
  let born = 0
  const fill = (size: number) =>
    storage.write(['messages'], 'strict', (tx) =>
      tx.put('messages', aMessage('c', born++, undefined, 'x'.repeat(size))),
    )
  for (const size of [1_000, 10, 0]) {
    for (;;) {
      const isFull = await fill(size).then(
        () => false,
        () => true,
      )
      if (isFull) break
    }
  }
  await storage.write(['messages'], 'strict', (tx) =>
    tx.delete('messages', { range: { lower: ['c'], upper: ['c', []] } }),
  )
  await fill(1_000)
  expect((await contentOf(storage)).messages).toHaveLength(1)
})

test('a small write touches only its own keys', async () => {
  const texts = await aFilledStorage()
  const before = texts.snapshot()
  await (await open(texts)).write(['messages'], 'strict', (tx) => tx.put('messages', aMessage('c', 9)))
  const changed = Array.from(texts.snapshot()).filter(([key, text]) => before.get(key) !== text)
  expect(changed.map(([key]) => key).sort()).toEqual([
    'chatkeep/db/:version',
    'chatkeep/db/messages/["c",9,"m9"]',
  ])
})

test('a transaction that another tab outran runs again on what the other wrote', async () => {
  const texts = await aFilledStorage()
  const [mine, theirs] = [await open(texts), await open(texts)]
  let runs = 0
  await mine.write(['messages', 'outbox'], 'strict', async (tx) => {
    if (runs++ === 0) await change(theirs)
    const count = await tx.count('messages')
    await tx.put('messages', aMessage('c', 5, 'm5', `after ${count}`))
  })
  expect(runs).toBe(2)
  expect((await contentOf(theirs)).messages.map((message) => message.id)).toEqual(['m2', 'm3', 'm4', 'm5'])
})

test('what other apps keep in the same storage is never touched', async () => {
  const texts = createTextStorage({
    entries: new Map([
      ['leanspec-chat-history', '[]'],
      ['chatkeep', 'x'],
    ]),
  })
  const factory = createLocalStorageStorage({ storage: texts, setTimer })
  const storage = await factory.open('db')
  await change(storage)
  await factory.remove('db')
  expect(Array.from(texts.snapshot())).toEqual([
    ['leanspec-chat-history', '[]'],
    ['chatkeep', 'x'],
  ])
})

test('a damaged entry costs its own record, and is not deleted', async () => {
  const texts = await aFilledStorage()
  const key = 'chatkeep/db/messages/["c",1,"m1"]'
  texts.setItem(key, '{"cut')
  const { messages, outbox } = await contentOf(await open(await aFilledStorage()))
  expect(await contentOf(await open(texts))).toEqual({
    messages: [{ conversationId: 'c', born: 1, id: 'm1' }, ...messages.slice(1)],
    outbox,
  })
  expect(texts.getItem(key)).toBe('{"cut')
})

test('a browser that refuses access answers storage/unavailable', async () => {
  const texts = createTextStorage({
    onWrite: () => {
      throw new DOMException('denied', 'SecurityError')
    },
  })
  await expect(open(texts)).rejects.toMatchObject({ code: 'storage/unavailable' })
})
