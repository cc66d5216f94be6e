import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { ChatMessage } from '../../../src/domain/message.ts'
import {
  CHECKPOINT_INTERVAL_MS,
  CHECKPOINT_SIZE_BYTES,
  createAnswerRecorder,
} from '../../../src/react/chat/answer-recorder.ts'
import { createFakeClient } from './fake-client.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

function recordAnswer() {
  const client = createFakeClient()
  let text = ''
  const read = (): ChatMessage | null =>
    text === '' ? null : { id: 'a1', role: 'assistant', parts: [{ type: 'text', text }] }
  const onStop = vi.fn()
  const recorder = createAnswerRecorder({
    read,
    openDraft: (messageId) => client.startDraft('c1', { messageId }),
    onStop,
  })
  return {
    client,
    onStop,
    checkpoints: () => client.calls.filter((call) => call.startsWith('checkpoint')).length,
    say(piece: string, isBoundary = false) {
      text += piece
      recorder.grew({ sizeBytes: piece.length, isBoundary })
    },
    forget: () => recorder.finish(null),
    finish: () =>
      recorder.finish({ message: { id: 'a1', role: 'assistant', content: text }, status: 'complete' }),
  }
}

test('writes a streaming answer once per interval, not once per token', async () => {
  const answer = recordAnswer()
  for (let token = 0; token < 20; token++) answer.say('word ')
  expect(answer.checkpoints()).toBe(0)
  await vi.advanceTimersByTimeAsync(CHECKPOINT_INTERVAL_MS)
  expect(answer.checkpoints()).toBe(1)
  answer.say('more')
  await vi.advanceTimersByTimeAsync(CHECKPOINT_INTERVAL_MS)
  expect(answer.checkpoints()).toBe(2)
})

test('does not wait for the interval when much has come, or a part has ended', async () => {
  const answer = recordAnswer()
  answer.say('x'.repeat(CHECKPOINT_SIZE_BYTES))
  expect(answer.checkpoints()).toBe(1)
  await vi.advanceTimersByTimeAsync(0)
  answer.say('the end of a part', true)
  await vi.advanceTimersByTimeAsync(0)
  expect(answer.checkpoints()).toBe(2)
})

test('never has two writes under way; what comes meanwhile goes with the next', async () => {
  const answer = recordAnswer()
  const release = answer.client.hold('checkpoint')
  answer.say('x'.repeat(CHECKPOINT_SIZE_BYTES))
  answer.say('y'.repeat(CHECKPOINT_SIZE_BYTES))
  await vi.advanceTimersByTimeAsync(10 * CHECKPOINT_INTERVAL_MS)
  expect(answer.checkpoints()).toBe(1)
  release()
  await vi.advanceTimersByTimeAsync(CHECKPOINT_INTERVAL_MS)
  expect(answer.checkpoints()).toBe(2)
})

test('writes the end after the checkpoint under way, and nothing after the end', async () => {
  const answer = recordAnswer()
  const release = answer.client.hold('checkpoint')
  answer.say('x'.repeat(CHECKPOINT_SIZE_BYTES))
  const finished = answer.finish()
  await vi.advanceTimersByTimeAsync(CHECKPOINT_INTERVAL_MS)
  expect(answer.client.calls.some((call) => call.startsWith('finish'))).toBe(false)
  release()
  await finished
  answer.say('late')
  await vi.advanceTimersByTimeAsync(CHECKPOINT_INTERVAL_MS)
  expect(answer.client.calls.at(-1)).toBe('finish c1 a1 complete')
})

test('stops the answer when another tab asked for it', async () => {
  const answer = recordAnswer()
  answer.say('one')
  await vi.advanceTimersByTimeAsync(CHECKPOINT_INTERVAL_MS)
  answer.client.elsewhere.stop('c1', 'a1')
  answer.say('two')
  await vi.advanceTimersByTimeAsync(CHECKPOINT_INTERVAL_MS)
  expect(answer.onStop).toHaveBeenCalledOnce()
})

test('ends what it wrote of an answer that was taken off the list, so that nobody waits for more of it', async () => {
  const answer = recordAnswer()
  answer.say('one')
  await vi.advanceTimersByTimeAsync(CHECKPOINT_INTERVAL_MS)
  await answer.forget()
  expect(answer.client.calls.at(-1)).toBe('finish c1 a1 stopped')
})

test('writes nothing of an answer of which nothing came', async () => {
  const answer = recordAnswer()
  expect(await answer.forget()).toBeNull()
  expect(answer.client.calls).toEqual([])
})
