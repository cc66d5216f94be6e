import { lastAssistantMessageIsCompleteWithToolCalls, type UIMessage, type UIMessageChunk } from 'ai'
import { expect, onTestFinished, test, vi } from 'vitest'
import { type AiSdkChatOptions, aiSdkDriver } from '../../../src/ai-sdk/index.ts'
import type { ChatMessage } from '../../../src/domain/message.ts'
import { CHECKPOINT_INTERVAL_MS } from '../../../src/react/chat/answer-recorder.ts'
import { createChatSession } from '../../../src/react/chat/session.ts'
import { createClientSource } from '../../../src/react/client-source.ts'
import { createFakeClient } from '../react/fake-client.ts'
import { type ScriptedRequest, scriptedTransport, textChunks } from './scripted-transport.ts'

const question = (id: string) => ({ id, role: 'user', parts: [{ type: 'text', text: id }] })
const answer = (id: string) => ({ id, role: 'assistant', parts: [{ type: 'text', text: id }] })
const call = (state: object) => ({
  type: 'dynamic-tool',
  toolName: 'look',
  toolCallId: 'call',
  input: {},
  ...state,
})
const waiting = { id: 'a1', role: 'assistant', parts: [call({ state: 'input-available' })] }
const approved = {
  id: 'a1',
  role: 'assistant',
  parts: [call({ state: 'approval-responded', approval: { id: 'ok', approved: true } })],
}

async function openChat(stored: readonly ChatMessage[], options: Partial<AiSdkChatOptions<UIMessage>> = {}) {
  const client = createFakeClient()
  client.elsewhere.append('c1', stored)
  const transport = scriptedTransport()
  const driver = aiSdkDriver<UIMessage>({ transport, ...options })
  const session = createChatSession({ source: createClientSource(client), conversationId: 'c1', driver })
  session.retain()
  await vi.waitFor(() => expect(session.chat.messages).toHaveLength(stored.length))
  const status = (id: string) => client.stored('c1').get(id)?.status
  const text = (id: string) => JSON.stringify(client.stored('c1').get(id)?.message)
  return { client, transport, session, status, text }
}

/** A transport whose stream can be resumed. */
function withResume() {
  const transport = scriptedTransport()
  const resumed: ScriptedRequest[] = []
  transport.reconnectToStream = async ({ abortSignal }) => {
    const server = scriptedTransport()
    const stream = await server.sendMessages({
      ...{ trigger: 'submit-message', chatId: 'c1', messageId: undefined, messages: [], abortSignal },
    })
    resumed.push(await server.request(0))
    return stream
  }
  return { transport, resumed }
}

const finish = (request: ScriptedRequest | undefined, ...chunks: UIMessageChunk[]) => {
  request?.push(...chunks, { type: 'finish' })
  request?.close()
}

test('a question ends the answer that went on by itself after a tool has answered', async () => {
  const { transport, session, status, text } = await openChat([question('q1'), waiting], {
    sendAutomaticallyWhen: lastAssistantMessageIsCompleteWithToolCalls,
  })
  const { chat } = session
  void chat.chat.addToolOutput({ tool: 'look', toolCallId: 'call', output: 'found' })
  const first = await transport.request(0)
  first.push({ type: 'start', messageId: 'a1' }, ...textChunks('a1', 'half').slice(1, 3))
  await vi.waitFor(() => expect(chat.messages.at(-1)?.parts).toHaveLength(2))
  void session.act(() => chat.sendMessage({ text: 'something else' }))
  const second = await transport.request(1)
  expect(first.signal?.aborted).toBe(true)
  second.answer('a2', 'all')
  await vi.waitFor(() => expect(status('a2')).toBe('complete'))
  expect(status('a1')).toBe('stopped')
  expect(text('a1')).toContain('half')
  expect(chat.messages).toHaveLength(4)
})

test('a resume that is asked for while an answer grows waits for its end', async () => {
  const { transport, resumed } = withResume()
  const { session, status, text } = await openChat([], { transport })
  void session.act(() => session.chat.sendMessage({ text: 'hello' }))
  const request = await transport.request(0)
  request.push(...textChunks('a1', 'half').slice(0, 3))
  await vi.waitFor(() => expect(status('a1')).toBe('streaming'))
  void session.chat.chat.resumeStream()
  await Promise.resolve()
  expect(resumed).toEqual([])
  finish(request, { type: 'text-delta', id: 't', delta: ' and half' }, { type: 'text-end', id: 't' })
  await vi.waitFor(() => expect(status('a1')).toBe('complete'))
  expect(text('a1')).toContain('half and half')
  await vi.waitFor(() => expect(resumed).toHaveLength(1))
})

test('a resumed answer that is stopped before anything came leaves its message to be saved', async () => {
  const { transport, resumed } = withResume()
  const { session, text } = await openChat([question('q1'), waiting], { transport })
  const { chat } = session
  void chat.chat.resumeStream()
  while (resumed.length === 0) await Promise.resolve()
  await chat.stop()
  await chat.chat.addToolOutput({ tool: 'look', toolCallId: 'call', output: 'found' })
  await session.save()
  expect(text('a1')).toContain('found')
})

test('an answer that is stopped before it is anything stays as it is stored', async () => {
  const { transport, resumed } = withResume()
  const { client, session, text } = await openChat([question('q1'), answer('a1')], {
    transport,
  })
  void session.chat.chat.resumeStream()
  await vi.waitFor(() => expect(resumed).toHaveLength(1))
  resumed[0]?.push({ type: 'start', messageId: 'a1' })
  await vi.waitFor(() => expect(session.chat.messages.at(-1)?.parts).toEqual([]))
  await session.save()
  expect(text('a1')).toBe(JSON.stringify(answer('a1')))
  await session.stop()
  await vi.waitFor(() => expect(session.chat.messages).toEqual([question('q1'), answer('a1')]))
  expect(client.calls.filter((each) => /^(save|append|finish)/.test(each))).toEqual([])
})

test('a resumed answer without an id is not written into the one before it', async () => {
  const { transport, resumed } = withResume()
  const { client, session, status } = await openChat([question('q1'), answer('a1')], { transport })
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  onTestFinished(() => void vi.useRealTimers())
  void session.chat.chat.resumeStream()
  await vi.waitFor(() => expect(resumed).toHaveLength(1))
  resumed[0]?.push({ type: 'start' }) // The model thinks, for longer than a checkpoint waits.
  await vi.advanceTimersByTimeAsync(CHECKPOINT_INTERVAL_MS * 2)
  await session.stop()
  expect(status('a1')).toBe('complete')
  expect(client.calls.filter((each) => each.includes(' a1'))).toEqual([])
})

test('an approval further up goes on where it was asked for', async () => {
  const list = [question('q1'), approved, question('q2'), answer('a2')]
  const { client, transport, session, status, text } = await openChat(list)
  void session.act(() => session.chat.sendMessage())
  const request = await transport.request(0)
  request.push({ type: 'start', messageId: 'a1' }, ...textChunks('a1', 'done').slice(1))
  await vi.waitFor(() => expect(status('a1')).toBe('streaming'))
  finish(request)
  await vi.waitFor(() => expect(status('a1')).toBe('complete'))
  expect(text('a1')).toContain('done')
  expect(client.calls.filter((each) => each.includes(' a2'))).toEqual([])
  expect(session.chat.messages.map(({ id }) => id)).toEqual(['q1', 'a1', 'q2', 'a2'])
})
