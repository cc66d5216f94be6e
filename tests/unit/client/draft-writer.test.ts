import { expect, test } from 'vitest'
import { createDraftWriter } from '../../../src/client/draft-writer.ts'
import type { CheckpointDraft, CheckpointResult, FinishDraft } from '../../../src/domain/service/draft.ts'
import { someLocks } from '../../builders/engine.ts'
import { createFakeClock, settled } from '../rpc/fake-clock.ts'

function createWriter(
  answer: (draft: CheckpointDraft) => Promise<CheckpointResult> = async () => ({ outcome: 'kept' }),
) {
  const clock = createFakeClock()
  const locks = someLocks()
  const checkpoints: CheckpointDraft[] = []
  const finishes: Omit<FinishDraft, 'mutationId'>[] = []
  const writer = createDraftWriter({
    draft: { projectId: 'docs', conversationId: 'c1', attemptId: 'attempt-1', owner: 'page-1', after: null },
    messageId: 'a1',
    database: 'chats',
    clock,
    locks,
    checkpoint(draft) {
      checkpoints.push(draft)
      return answer(draft)
    },
    async finish(draft) {
      finishes.push(draft)
      return { conversationId: 'c1', revision: 1, written: [], queued: true, synced: Promise.resolve() }
    },
  })
  const texts = () => checkpoints.map(({ message }) => message.content)
  return { clock, writer, checkpoints, finishes, texts, locks }
}

const growing = (content: string) => ({ id: 'a1', role: 'assistant', content })

test('checkpoints carry the attempt, its owner and the newest text', async () => {
  const { writer, checkpoints } = createWriter()
  expect(await writer.checkpoint(growing('He'))).toBe('kept')
  expect(checkpoints).toEqual([
    {
      projectId: 'docs',
      conversationId: 'c1',
      attemptId: 'attempt-1',
      owner: 'page-1',
      after: null,
      message: growing('He'),
    },
  ])
})

test('an attempt says where it began, also when another database keeps it later', async () => {
  const lives = ['first', 'second']
  const { writer, checkpoints, finishes } = createWriter(async () => ({
    outcome: 'kept',
    life: lives.shift() ?? 'third',
  }))
  await writer.checkpoint(growing('He'))
  await writer.checkpoint(growing('Hel'))
  await writer.checkpoint(growing('Hell'))
  await writer.finish(growing('Hello'))
  expect(checkpoints.map(({ life }) => life)).toEqual([undefined, 'first', 'first'])
  expect(finishes.map(({ life }) => life)).toEqual(['first'])
})

test('checkpoints that come while one is written share the next', async () => {
  let release = () => {}
  const { writer, texts } = createWriter(
    () => new Promise((resolve) => (release = () => resolve({ outcome: 'kept' }))),
  )
  const all = ['a', 'ab', 'abc', 'abcd'].map((text) => writer.checkpoint(growing(text)))
  release()
  await settled()
  release()
  expect(await Promise.all(all)).toEqual(['kept', 'kept', 'kept', 'kept'])
  expect(texts()).toEqual(['a', 'abcd'])
})

test('the lease is renewed while the stream is silent, and not after the end', async () => {
  const { writer, clock, texts } = createWriter()
  await writer.checkpoint(growing('a tool runs'))
  await clock.advance(60_000)
  expect(texts().length).toBeGreaterThanOrEqual(12)
  await writer.finish(growing('done'))
  const before = texts().length
  await clock.advance(60_000)
  expect(texts()).toHaveLength(before)
  expect(clock.pendingTimers()).toBe(0)
})

test("another tab's stop is told to the caller, and by the signal when the stream is silent", async () => {
  let outcome: CheckpointResult['outcome'] = 'kept'
  const { writer, clock } = createWriter(async () => ({ outcome }))
  await writer.checkpoint(growing('a'))
  outcome = 'stop'
  await clock.advance(5_000)
  expect(writer.signal.aborted).toBe(true)
  expect(writer.signal.reason).toBe('stop')
  expect(await writer.checkpoint(growing('ab'))).toBe('stop')
  await clock.advance(60_000)
  expect(clock.pendingTimers()).toBe(0)
})

test('the end waits for the checkpoint that is being written, and writes the whole answer', async () => {
  let release = () => {}
  const { writer, finishes } = createWriter(
    () => new Promise((resolve) => (release = () => resolve({ outcome: 'kept' }))),
  )
  void writer.checkpoint(growing('a'))
  const end = writer.finish({ message: growing('all'), status: 'complete' })
  await settled()
  expect(finishes).toEqual([])
  release()
  await end
  expect(finishes).toMatchObject([
    { attemptId: 'attempt-1', message: { message: growing('all'), status: 'complete' } },
  ])
})

test('a checkpoint that fails does not keep the end from being written', async () => {
  const { writer, finishes } = createWriter(() => Promise.reject(new Error('disk')))
  await expect(writer.checkpoint(growing('a'))).rejects.toThrow()
  await writer.finish(growing('all'))
  expect(finishes).toHaveLength(1)
})

test('an answer that ends before its first checkpoint is a draft first, so that one that goes on may be written over', async () => {
  const { writer, checkpoints, finishes } = createWriter()
  await writer.finish({ message: growing('short'), status: 'complete' })
  expect(checkpoints).toMatchObject([{ attemptId: 'attempt-1', message: growing('short') }])
  expect(finishes).toHaveLength(1)
})

test('nobody else gets the lock of an answer from its first checkpoint to its end', async () => {
  const { writer, locks } = createWriter()
  expect([...locks.held]).toEqual([])
  await writer.checkpoint(growing('He'))
  expect([...locks.held]).toEqual(['draft:chats:a1'])
  await writer.checkpoint(growing('Hello'))
  await writer.finish(growing('Hello'))
  await settled()
  expect([...locks.held]).toEqual([])
})

test('a writer that lost its answer lets go of the lock', async () => {
  const { writer, locks } = createWriter(async () => ({ outcome: 'lost-ownership' }))
  await writer.checkpoint(growing('He'))
  await settled()
  expect([...locks.held]).toEqual([])
})
