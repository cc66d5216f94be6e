import { expect, test } from 'vitest'
import type { MutationId } from '../../src/domain/ids.ts'
import { aMessage, anEngine, type TestEngine } from '../builders/engine.ts'

const place = { projectId: 'p', conversationId: 'c' }

async function queued(engine: TestEngine) {
  const rows = await engine.database.read(['outbox'], (tx) => tx.scan('outbox'))
  return rows.flatMap(({ operations }) => operations)
}

async function expectTheLast(engine: TestEngine) {
  const { messages } = await engine.loadMessages({ conversationId: 'c' })
  expect(messages.map(({ id, parentId, message }) => [id, parentId, message])).toEqual([
    ['a', null, aMessage('a', 'last').message],
    ['b', 'a', aMessage('b').message],
  ])
  const ids = (await queued(engine)).map(({ id }) => id)
  expect(new Set(ids).size).toBe(ids.length)
}

const twice = [aMessage('a', 'first'), aMessage('b'), aMessage('a', 'last')]

test('an append that lists a message twice keeps the last of it', async () => {
  const engine = await anEngine()
  await engine.appendMessages({ ...place, mutationId: engine.mutation(), messages: twice })
  await expectTheLast(engine)
})

test('an append that lists a known message twice keeps the last of it', async () => {
  const engine = await anEngine()
  const messages = [aMessage('a'), aMessage('b')]
  await engine.appendMessages({ ...place, mutationId: engine.mutation(), messages })
  await engine.appendMessages({ ...place, mutationId: engine.mutation(), messages: twice })
  await expectTheLast(engine)
})

test('a list that holds a message twice keeps the last of it', async () => {
  const engine = await anEngine()
  await engine.saveMessages({ ...place, mutationId: engine.mutation(), messages: twice })
  await expectTheLast(engine)
})

test('an import that names a conversation twice queues no operation twice', async () => {
  const engine = await anEngine()
  const conversations = [
    { id: 'c', title: 'one', messages: [aMessage('a')] },
    { id: 'c', title: 'two', messages: [aMessage('a'), aMessage('b')] },
  ]
  await engine.importConversations({ projectId: 'p', mutationId: engine.mutation(), conversations })
  expect(await engine.getConversation({ conversationId: 'c' })).toMatchObject({
    title: 'two',
    messageCount: 2,
  })
  const ids = (await queued(engine)).map(({ id }) => id)
  expect(new Set(ids).size).toBe(ids.length)
})

test('an edit that is repeated a month later undoes no later edit', async () => {
  const engine = await anEngine()
  await engine.appendMessages({ ...place, mutationId: engine.mutation(), messages: [aMessage('a')] })
  const mutationId = 'mutation-of-the-edit' as MutationId
  const edit = { mutationId, conversationId: 'c', message: aMessage('a', 'edited') }
  await engine.editMessage(edit)
  await engine.editMessage({ ...edit, mutationId: engine.mutation(), message: aMessage('a', 'edited again') })
  engine.clock.advance(30 * 24 * 3_600_000)
  await engine.wake('start')
  const before = await queued(engine)
  await engine.editMessage(edit)
  const { messages } = await engine.loadMessages({ conversationId: 'c' })
  expect(messages[0]?.message).toEqual(aMessage('a', 'edited again').message)
  expect(await queued(engine)).toEqual(before)
})
