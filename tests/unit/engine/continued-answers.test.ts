import { expect, test } from 'vitest'
import { aMessage, anEngine, type TestEngine } from '../../builders/engine.ts'
import { operationId } from '../../builders/operations.ts'

const answer = (text: string, id = 'answer') => ({ id, role: 'assistant', parts: [{ type: 'text', text }] })
const place = { projectId: 'p', conversationId: 'c' }

async function aQuestion() {
  const engine = await anEngine()
  await engine.appendMessages({ ...place, mutationId: engine.mutation(), messages: [aMessage('q')] })
  return engine
}

const checkpoint = (engine: TestEngine, text: string, attemptId = 'one', id = 'answer') =>
  engine.checkpointDraft({ ...place, attemptId, owner: `owner of ${attemptId}`, message: answer(text, id) })

const finish = (engine: TestEngine, text: string, attemptId = 'one') =>
  engine.finishDraft({
    ...place,
    mutationId: engine.mutation(),
    attemptId,
    owner: `owner of ${attemptId}`,
    message: { message: answer(text) },
  })

const shown = async (engine: TestEngine) =>
  (await engine.loadMessages({ conversationId: 'c' })).messages.map(({ id, status, message }) => [
    id,
    status,
    (message.parts as { text: string }[])[0]?.text,
  ])

const question = ['q', 'complete', 'text of q']

test('an answer that goes on and ends before its first checkpoint is written', async () => {
  const engine = await aQuestion()
  await finish(engine, 'step one')
  await finish(engine, 'step one, step two', 'two')
  expect(await shown(engine)).toEqual([question, ['answer', 'complete', 'step one, step two']])
})

test('an answer that goes on keeps its time and place', async () => {
  const engine = await aQuestion()
  await finish(engine, 'step one')
  const before = (await engine.loadMessages({ conversationId: 'c' })).messages[1]
  engine.clock.advance(60_000)
  await checkpoint(engine, 'step one, st', 'two')
  await finish(engine, 'step one, step two', 'two')
  const after = (await engine.loadMessages({ conversationId: 'c' })).messages[1]
  expect(after).toEqual({ ...before, message: answer('step one, step two') })
})

test('a second attempt at a message keeps what the first one had, and stands in its place', async () => {
  const engine = await aQuestion()
  await checkpoint(engine, 'first words', 'one')
  expect(await checkpoint(engine, 'other', 'two')).toMatchObject({ outcome: 'kept' })
  expect(await shown(engine)).toEqual([question, ['answer', 'streaming', 'other']])
  expect(await checkpoint(engine, 'first words and more', 'one')).toEqual({ outcome: 'lost-ownership' })
  await engine.appendMessages({ ...place, mutationId: engine.mutation(), messages: [aMessage('next')] })
  await finish(engine, 'other words', 'two')
  const { messages } = await engine.loadMessages({ conversationId: 'c' })
  expect(messages.map(({ id, parentId }) => [id, parentId])).toEqual([
    ['q', null],
    ['answer', 'q'],
    ['next', 'answer'],
  ])
  expect(messages[1]?.message).toEqual(answer('other words'))
})

test('an answer that goes on writes nothing over a message that was removed meanwhile', async () => {
  const engine = await aQuestion()
  await finish(engine, 'step one')
  await checkpoint(engine, 'step one, st', 'two')
  await engine.removeMessage({ mutationId: engine.mutation(), conversationId: 'c', messageId: 'answer' })
  await finish(engine, 'step one, step two', 'two')
  expect(await shown(engine)).toEqual([question])
  await finish(engine, 'step one, step three', 'three')
  expect(await shown(engine)).toEqual([question])
})

test('a checkpoint that comes after recovery, edit or purge of its answer does not begin it anew', async () => {
  const engine = await aQuestion()
  await checkpoint(engine, 'Hel')
  engine.clock.advance(20_000)
  await engine.wake('focus')
  const edited = { message: answer('mine'), status: 'complete' as const }
  await engine.editMessage({ mutationId: engine.mutation(), conversationId: 'c', message: edited })
  expect(await checkpoint(engine, 'Hello')).toEqual({ outcome: 'lost-ownership' })
  const known = await engine.database.write('strict', (unit) => unit.knownOperations('c'))
  const names = known.flatMap((one) =>
    one.kind !== 'purge' && one.register === 'message:answer' ? [one.id] : [],
  )
  await engine.database.write('strict', (unit) =>
    unit.applyOperations('p', [{ kind: 'purge', id: operationId(1), conversationId: 'c', names }]),
  )
  expect(await checkpoint(engine, 'Hello')).toEqual({ outcome: 'lost-ownership' })
  await finish(engine, 'Hello there')
  expect(await shown(engine)).toEqual([question])
})

test('a message that follows a growing answer of another branch attaches to that answer', async () => {
  const engine = await aQuestion()
  await engine.appendMessages({
    ...place,
    mutationId: engine.mutation(),
    messages: [aMessage('old', 'a', 'assistant')],
  })
  const { messages } = await engine.loadMessages({ conversationId: 'c' })
  const after = { id: 'q', born: messages[0]?.born ?? 0 }
  await engine.checkpointDraft({
    ...place,
    attemptId: 'one',
    owner: 'owner of one',
    message: answer('other'),
    after,
    fork: true,
  })
  const { leaf } = await engine.loadMessages({ conversationId: 'c' })
  expect(leaf?.id).toBe('answer')
  await engine.appendMessages({
    ...place,
    mutationId: engine.mutation(),
    messages: [aMessage('next')],
    after: leaf,
  })
  await finish(engine, 'other answer')
  expect((await shown(engine)).map(([id]) => id)).toEqual(['q', 'answer', 'next'])
})
