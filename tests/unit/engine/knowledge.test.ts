import 'fake-indexeddb/auto'
import { IDBFactory } from 'fake-indexeddb'
import { expect, test } from 'vitest'
import type { MutationId } from '../../../src/domain/ids.ts'
import { commitAfterOurs, countCommit } from '../../../src/engine/commits.ts'
import { RecordExists } from '../../../src/ports/storage.ts'
import { createIndexedDbStorage } from '../../../src/storage/indexeddb/indexeddb-storage.ts'
import { createMemoryStorage } from '../../../src/storage/memory.ts'
import { anEngine, type TestEngine } from '../../builders/engine.ts'
import { setTimer } from '../../contract/storage/set-timer.ts'

const say = (id: string) => ({ message: { id, role: 'user', parts: [{ type: 'text', text: id }] } })

/** Two contexts on one database, as a worker and a page that fell back are. */
async function twoEngines() {
  const storage = createMemoryStorage()
  const one = await anEngine({ storage })
  const other = await anEngine({ storage, seed: 2 })
  return { one, other }
}

const append = (engine: TestEngine, id: string, mutationId: MutationId = engine.mutation()) =>
  engine.appendMessages({ mutationId, projectId: 'p', conversationId: 'c', messages: [say(id)] })

async function pathOf(engine: TestEngine): Promise<string[]> {
  const { messages } = await engine.loadMessages({ conversationId: 'c', limit: 0 })
  return messages.map(({ id }) => id)
}

test('an append goes on from what another context wrote since, though it knew otherwise', async () => {
  const { one, other } = await twoEngines()
  await append(one, 'a')
  await append(other, 'b')
  const { revision } = await append(one, 'c')
  await append(other, 'd')
  expect(revision).toBe(3)
  for (const engine of [one, other]) expect(await pathOf(engine)).toEqual(['a', 'b', 'c', 'd'])
})

test('an act that another context did is not done again', async () => {
  const { one, other } = await twoEngines()
  await append(one, 'a')
  await append(other, 'b')
  const mutationId = one.mutation()
  const done = await append(one, 'c', mutationId)
  expect(await append(other, 'c', mutationId)).toEqual(done)
  expect(await pathOf(other)).toEqual(['a', 'b', 'c'])
})

test('an append to a database that another context closed is refused, and writes nothing', async () => {
  const { one, other } = await twoEngines()
  await append(one, 'a')
  await other.database.write('strict', async ({ tx }) => {
    await tx.put('settings', { name: 'state', value: { kind: 'closed' } })
  })
  await expect(append(one, 'b')).rejects.toMatchObject({ code: 'account/closed' })
  await other.database.write('strict', ({ tx }) => tx.delete('settings', 'state'))
  expect(await pathOf(other)).toEqual(['a'])
})

test('what fails because of what is not so any more is done again with what is so', async () => {
  const { one, other } = await twoEngines()
  const listed = { id: 'c', title: 'Listed', messageCount: 1, createdAt: 1, updatedAt: 1, archived: false }
  await one.database.write('strict', (unit) => unit.noteListed('p', [{ ...listed, projectId: 'p' }]))
  await other.database.write('strict', async (unit) => {
    await unit.noteFilled('c')
  })
  await append(other, 'a')
  await append(one, 'b')
  expect(await pathOf(one)).toEqual(['a', 'b'])
})

test('an append below an answer that grows attaches to it', async () => {
  const { one } = await twoEngines()
  await append(one, 'q')
  await one.checkpointDraft({
    projectId: 'p',
    conversationId: 'c',
    attemptId: 'attempt',
    owner: 'owner',
    message: { id: 'answer', role: 'assistant', parts: [{ type: 'text', text: 'so' }] },
  })
  const { written } = await append(one, 'next')
  expect(written[0]?.parentId).toBe('answer')
})

test('nothing is relied on in a database that was removed and made anew', async () => {
  const factory = new IDBFactory()
  const storage = createIndexedDbStorage({ setTimer, factory })
  const one = await anEngine({ storage })
  await append(one, 'a')
  await append(one, 'b')
  await storage.remove(one.database.name)
  const other = await anEngine({ storage, seed: 2 })
  await append(other, 'x')
  const { revision } = await append(one, 'c')
  expect(revision).toBe(2)
  expect(await pathOf(other)).toEqual(['x', 'c'])
})

test('a command that runs beside another of the same context reads', async () => {
  const { one } = await twoEngines()
  await append(one, 'a')
  await Promise.all([
    append(one, 'b'),
    one.database.write('relaxed', ({ tx }) => tx.put('settings', { name: 'app:x', value: 1 })),
    append(one, 'c'),
  ])
  expect(await pathOf(one)).toEqual(['a', 'b', 'c'])
})

test.each([
  ['was not committed', async () => {}],
  [
    'was not committed, and another context took its number',
    (count: (by: string) => unknown) => count('other'),
  ],
])('what one of our own is to leave is not relied on when it %s', async (_name, meanwhile) => {
  const storage = await createMemoryStorage().open('db')
  const count = (by: string) => storage.write(['commits'], 'strict', (tx) => countCommit(tx, by))
  const before = await count('me')
  const ours = storage.write(['commits'], 'strict', async (tx) => {
    await countCommit(tx, 'me')
    throw new Error('no room')
  })
  await expect(ours).rejects.toThrow('no room')
  await meanwhile(count)
  const next = () => storage.write(['commits'], 'strict', (tx) => commitAfterOurs(tx, before + 1, 'me'))
  await expect(next()).rejects.toBeInstanceOf(RecordExists)
  const committed = await count('me')
  expect(await storage.write(['commits'], 'strict', (tx) => commitAfterOurs(tx, committed, 'me'))).toBe(
    committed + 1,
  )
})
