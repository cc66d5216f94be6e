import { expect, test } from 'vitest'
import { aMessage, anEngine } from '../builders/engine.ts'

const place = { projectId: 'p', conversationId: 'c' }

test('a stale tab that saves its list brings back nothing that was removed elsewhere', async () => {
  const engine = await anEngine()
  const list = [aMessage('q'), aMessage('a', 'answer', 'assistant'), aMessage('q2')]
  await engine.saveMessages({ ...place, mutationId: engine.mutation(), messages: list })
  await engine.removeMessage({ conversationId: 'c', mutationId: engine.mutation(), messageId: 'a' })
  await engine.saveMessages({
    ...place,
    mutationId: engine.mutation(),
    messages: [...list, aMessage('a2', 'another answer', 'assistant')],
  })
  const { messages } = await engine.loadMessages({ conversationId: 'c' })
  expect(messages.map(({ id }) => id)).toEqual(['q', 'q2', 'a2'])
})

test('removing the end of the open branch opens no other branch', async () => {
  const engine = await anEngine()
  const append = (id: string, after?: { id: string; born: number }) =>
    engine.appendMessages({
      ...place,
      mutationId: engine.mutation(),
      messages: [aMessage(id)],
      ...(after === undefined ? {} : { after, fork: true }),
    })
  const first = (await append('q')).written[0]
  if (first === undefined) throw new Error('q was not written')
  const root = { id: first.id, born: first.born }
  await append('old')
  await append('chosen', root)
  await append('newer', root)
  await engine.selectLeaf({ mutationId: engine.mutation(), conversationId: 'c', messageId: 'chosen' })
  await append('end')
  await engine.selectLeaf({ mutationId: engine.mutation(), conversationId: 'c', messageId: 'end' })
  engine.clock.advance(1)
  await append('newest', root)
  await engine.selectLeaf({ mutationId: engine.mutation(), conversationId: 'c', messageId: 'end' })
  await engine.removeMessage({ mutationId: engine.mutation(), conversationId: 'c', messageId: 'end' })
  const { messages } = await engine.loadMessages({ conversationId: 'c' })
  expect(messages.map(({ id }) => id)).toEqual(['q', 'chosen'])
})
