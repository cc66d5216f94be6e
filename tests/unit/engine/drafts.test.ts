import { expect, test } from 'vitest'
import { aMessage, anEngine, type TestEngine } from '../../builders/engine.ts'

const answer = (text: string) => ({ id: 'answer', role: 'assistant', parts: [{ type: 'text', text }] })

async function aQuestion() {
  const engine = await anEngine()
  await engine.appendMessages({
    mutationId: engine.mutation(),
    projectId: 'p',
    conversationId: 'c',
    messages: [aMessage('q')],
  })
  return engine
}

const checkpoint = (engine: TestEngine, text: string, owner = 'boot-1') =>
  engine.checkpointDraft({
    projectId: 'p',
    conversationId: 'c',
    attemptId: 'attempt-1',
    owner,
    message: answer(text),
  })

const finish = (engine: TestEngine, text: string) =>
  engine.finishDraft({
    mutationId: engine.mutation(),
    projectId: 'p',
    conversationId: 'c',
    attemptId: 'attempt-1',
    owner: 'boot-1',
    message: { message: answer(text) },
  })

const shown = async (engine: TestEngine) =>
  (await engine.loadMessages({ conversationId: 'c' })).messages.map(({ id, status, message }) => [
    id,
    status,
    (message.parts as { text: string }[])[0]?.text,
  ])

test('a growing answer is shown as streaming and becomes one complete message', async () => {
  const engine = await aQuestion()
  expect(await checkpoint(engine, 'Hel')).toMatchObject({ outcome: 'kept' })
  expect(await checkpoint(engine, 'Hello')).toMatchObject({ outcome: 'kept' })
  expect((await shown(engine)).at(-1)).toEqual(['answer', 'streaming', 'Hello'])
  await finish(engine, 'Hello there')
  expect(await shown(engine)).toEqual([
    ['q', 'complete', 'text of q'],
    ['answer', 'complete', 'Hello there'],
  ])
  expect(await engine.database.read(['drafts'], (tx) => tx.count('drafts'))).toBe(0)
})

test('an answer without a checkpoint is an append', async () => {
  const engine = await aQuestion()
  await finish(engine, 'short')
  expect((await shown(engine)).at(-1)).toEqual(['answer', 'complete', 'short'])
})

test('a draft whose writer fell silent becomes an interrupted message', async () => {
  const engine = await aQuestion()
  await checkpoint(engine, 'Hel')
  await engine.wake({ reason: 'focus' })
  expect((await shown(engine)).at(-1)).toEqual(['answer', 'streaming', 'Hel'])
  engine.clock.advance(15_001)
  await engine.wake({ reason: 'focus' })
  expect((await shown(engine)).at(-1)).toEqual(['answer', 'interrupted', 'Hel'])
})

test('wake says when the earliest lease runs out', async () => {
  const engine = await aQuestion()
  await checkpoint(engine, 'Hel')
  expect(await engine.call('wake', { reason: 'focus' })).toEqual({ dueAt: engine.clock.now() + 15_001 })
})

test('a writer that comes back after recovery completes exactly its own answer', async () => {
  const engine = await aQuestion()
  await checkpoint(engine, 'Hel')
  engine.clock.advance(20_000)
  await engine.wake({ reason: 'focus' })
  expect(await checkpoint(engine, 'Hello')).toEqual({ outcome: 'lost-ownership' })
  await finish(engine, 'Hello there')
  expect(await shown(engine)).toEqual([
    ['q', 'complete', 'text of q'],
    ['answer', 'complete', 'Hello there'],
  ])
})

test('a late answer to a message that was removed meanwhile writes nothing', async () => {
  const engine = await aQuestion()
  await checkpoint(engine, 'Hel')
  engine.clock.advance(20_000)
  await engine.wake({ reason: 'focus' })
  await engine.removeMessage({ mutationId: engine.mutation(), conversationId: 'c', messageId: 'answer' })
  await finish(engine, 'Hello there')
  expect((await shown(engine)).map(([id]) => id)).toEqual(['q'])
})

test('a late answer to a message that was edited meanwhile is kept beside the edit', async () => {
  const engine = await aQuestion()
  await checkpoint(engine, 'Hel')
  engine.clock.advance(20_000)
  await engine.wake({ reason: 'focus' })
  const edited = { message: answer('mine'), status: 'complete' as const }
  await engine.editMessage({ mutationId: engine.mutation(), conversationId: 'c', message: edited })
  await finish(engine, 'Hello there')
  const { messages } = await engine.loadMessages({ conversationId: 'c' })
  const texts = [messages[1]?.message, ...(messages[1]?.others ?? [])].map(
    (one) => (one?.parts as { text: string }[] | undefined)?.[0]?.text,
  )
  expect(texts.sort()).toEqual(['Hello there', 'mine'])
})

test('stop from another tab is obeyed at the next checkpoint, and recovery writes stopped', async () => {
  const engine = await aQuestion()
  await checkpoint(engine, 'Hel')
  await engine.stopDraft({ conversationId: 'c', messageId: 'answer' })
  expect(await checkpoint(engine, 'Hello')).toMatchObject({ outcome: 'stop' })
  engine.clock.advance(20_000)
  await engine.wake({ reason: 'focus' })
  expect((await shown(engine)).at(-1)).toEqual(['answer', 'stopped', 'Hello'])
})

test('a draft of a live writer is not recovered while it holds its lock', async () => {
  const engine = await aQuestion()
  await checkpoint(engine, 'Hel')
  engine.clock.advance(20_000)
  engine.locks.held.add('draft:test:answer')
  await engine.wake({ reason: 'focus' })
  expect((await shown(engine)).at(-1)?.[1]).toBe('streaming')
})

test('a lease that lies further ahead than any lease can is over', async () => {
  const engine = await aQuestion()
  await checkpoint(engine, 'Hel')
  engine.clock.set(engine.clock.now() - 60_000)
  await engine.wake({ reason: 'focus' })
  expect((await shown(engine)).at(-1)?.[1]).toBe('interrupted')
})

test('unsent text is kept per conversation', async () => {
  const engine = await anEngine()
  await engine.saveComposer({ projectId: 'p', conversationId: 'c', text: 'half a thou' })
  expect(await engine.loadComposer({ conversationId: 'c' })).toEqual({ text: 'half a thou' })
  await engine.saveComposer({ projectId: 'p', conversationId: 'c', text: '' })
  expect(await engine.loadComposer({ conversationId: 'c' })).toEqual({ text: '' })
})

test('a regenerated answer grows as a branch beside the old one', async () => {
  const engine = await aQuestion()
  await finish(engine, 'first answer')
  const { messages } = await engine.loadMessages({ conversationId: 'c' })
  const question = messages[0]
  engine.clock.advance(1_000)
  const again = { id: 'again', role: 'assistant', parts: [{ type: 'text', text: 'second' }] }
  const draft = {
    projectId: 'p',
    conversationId: 'c',
    attemptId: 'attempt-2',
    owner: 'boot-1',
    after: { id: 'q', born: question?.born ?? 0 },
    fork: true,
  }
  await engine.checkpointDraft({ ...draft, message: again })
  expect((await shown(engine)).map(([id, status]) => [id, status])).toEqual([
    ['q', 'complete'],
    ['again', 'streaming'],
  ])
  await engine.finishDraft({ ...draft, mutationId: engine.mutation(), message: { message: again } })
  const page = await engine.loadMessages({ conversationId: 'c' })
  expect(page.messages.map(({ id, siblings }) => [id, siblings])).toEqual([
    ['q', undefined],
    ['again', ['answer', 'again']],
  ])
})

test('an answer that goes on after a tool’s result keeps its place and is kept while it grows', async () => {
  const engine = await aQuestion()
  await finish(engine, 'calling a tool')
  await engine.checkpointDraft({
    projectId: 'p',
    conversationId: 'c',
    attemptId: 'attempt-2',
    owner: 'boot-1',
    message: answer('calling a tool, and then'),
  })
  expect((await shown(engine)).at(-1)).toEqual(['answer', 'streaming', 'calling a tool, and then'])
  engine.clock.advance(20_000)
  await engine.wake('focus')
  expect(await shown(engine)).toEqual([
    ['q', 'complete', 'text of q'],
    ['answer', 'interrupted', 'calling a tool, and then'],
  ])
})
