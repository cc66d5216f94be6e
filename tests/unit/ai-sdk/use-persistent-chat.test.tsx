// @vitest-environment happy-dom
import { act, cleanup, renderHook, waitFor } from '@testing-library/react'
import type { UIMessage } from 'ai'
import type { ReactNode } from 'react'
import { afterEach, expect, test } from 'vitest'
import { type UsePersistentChatOptions, usePersistentChat } from '../../../src/ai-sdk/index.ts'
import { ChatkeepError } from '../../../src/domain/errors.ts'
import { ChatkeepProvider } from '../../../src/react/index.ts'
import { createFakeClient, type FakeClient } from '../react/fake-client.ts'
import { type ScriptedTransport, scriptedTransport, textChunks, textOf } from './scripted-transport.ts'

afterEach(cleanup)

const question = (id: string, text = id) => ({ id, role: 'user', parts: [{ type: 'text', text }] })
const answer = (id: string, text = id) => ({
  id,
  role: 'assistant',
  parts: [{ type: 'text', text }],
})

function openChat(
  client: FakeClient,
  transport: ScriptedTransport,
  options: Partial<UsePersistentChatOptions<UIMessage>> = {},
) {
  const wrapper = ({ children }: { readonly children: ReactNode }) => (
    <ChatkeepProvider client={client}>{children}</ChatkeepProvider>
  )
  return renderHook((props) => usePersistentChat({ id: 'c1', transport, ...props }), {
    wrapper,
    initialProps: options,
  })
}

type OpenChat = ReturnType<typeof openChat>['result']
const shown = (chat: OpenChat) =>
  chat.current.messages.map((message) => `${message.role[0]}:${textOf(message)}`)
const restored = (chat: OpenChat) => waitFor(() => expect(chat.current.isRestoring).toBe(false))

test('saves the question before its request leaves', async () => {
  const client = createFakeClient()
  const transport = scriptedTransport()
  const { result } = openChat(client, transport)
  await restored(result)
  const release = client.hold('append')
  act(() => void result.current.sendMessage({ text: 'hello' }))
  await waitFor(() => expect(client.calls.some((call) => call === 'append c1')).toBe(true))
  expect(transport.requests).toHaveLength(0)
  expect(shown(result)).toEqual(['u:hello'])
  release()
  const request = await transport.request(0)
  expect(request.messages).toHaveLength(1)
  expect([...client.stored('c1').values()]).toMatchObject([{ status: 'complete', message: { role: 'user' } }])
})

test('brings question and answer back after a reload', async () => {
  const client = createFakeClient()
  const transport = scriptedTransport()
  const first = openChat(client, transport)
  act(() => void first.result.current.sendMessage({ text: 'hello' }))
  const request = await transport.request(0)
  act(() => request.answer('a1', 'Hi there'))
  await waitFor(() => expect(client.stored('c1').get('a1')?.status).toBe('complete'))
  const before = first.result.current.messages
  first.unmount()
  const { result } = openChat(client, transport)
  expect(result.current.isRestoring).toBe(true)
  await waitFor(() => expect(result.current.messages).toEqual(before))
  expect(shown(result)).toEqual(['u:hello', 'a:Hi there'])
  expect(result.current.unanswered).toBeNull()
})

test('keeps the answer as a draft while it streams, and a reload finds the part that came', async () => {
  const client = createFakeClient()
  const transport = scriptedTransport()
  const { result } = openChat(client, transport)
  act(() => void result.current.sendMessage({ text: 'tell me' }))
  const request = await transport.request(0)
  act(() => request.push(...textChunks('a1', 'Once upon').slice(0, 3)))
  await waitFor(() => expect(client.stored('c1').get('a1')?.status).toBe('streaming'))
  const other = openChat(client, scriptedTransport())
  await waitFor(() => expect(shown(other.result)).toEqual(['u:tell me', 'a:Once upon']))
  expect(other.result.current.isAnsweredElsewhere).toBe(true)
})

test('does not send what could not be saved, and says why', async () => {
  const client = createFakeClient()
  const transport = scriptedTransport()
  const { result } = openChat(client, transport)
  await restored(result)
  client.fail('append', new ChatkeepError('storage/quota', 'full'))
  await act(() => result.current.sendMessage({ text: 'hello' }))
  expect(result.current.error).toMatchObject({ code: 'storage/quota' })
  expect(transport.requests).toHaveLength(0)
  expect(shown(result)).toEqual(['u:hello'])
  expect(result.current.unanswered?.reason).toBe('error')

  client.fail('append', undefined)
  act(() => void result.current.reload())
  const request = await transport.request(0)
  act(() => request.answer('a1', 'now'))
  await waitFor(() => expect(shown(result)).toEqual(['u:hello', 'a:now']))
  expect(client.stored('c1').size).toBe(2)
})

test('keeps a question that no server could be reached for, and answers it on retry', async () => {
  const client = createFakeClient()
  const transport = scriptedTransport()
  const { result } = openChat(client, transport)
  transport.refuseNext(new TypeError('Failed to fetch'))
  await act(() => result.current.sendMessage({ text: 'hello' }))
  await waitFor(() => expect(result.current.unanswered?.reason).toBe('offline'))
  expect(client.stored('c1').size).toBe(1)

  act(() => void result.current.reload())
  const request = await transport.request(0)
  act(() => request.answer('a1', 'back'))
  await waitFor(() => expect(shown(result)).toEqual(['u:hello', 'a:back']))
  expect(result.current.unanswered).toBeNull()
  expect(client.calls.filter((call) => call.startsWith('append'))).toHaveLength(1)
})

test('a question without an answer is still marked after a reload', async () => {
  const client = createFakeClient()
  client.elsewhere.append('c1', [question('q1')])
  const { result } = openChat(client, scriptedTransport())
  await waitFor(() => expect(result.current.unanswered).toEqual({ messageId: 'q1', reason: 'unknown' }))
})

test('keeps what came of an answer that was stopped', async () => {
  const client = createFakeClient()
  const transport = scriptedTransport()
  const { result } = openChat(client, transport)
  act(() => void result.current.sendMessage({ text: 'hello' }))
  const request = await transport.request(0)
  act(() => request.push(...textChunks('a1', 'half').slice(0, 3)))
  await waitFor(() => expect(shown(result)).toEqual(['u:hello', 'a:half']))
  await act(() => result.current.stop())
  expect(client.stored('c1').get('a1')).toMatchObject({ status: 'stopped' })
  expect(result.current.envelopesById.get('a1')?.status).toBe('stopped')
})

test('calls an answer interrupted when its stream ends without saying so', async () => {
  const client = createFakeClient()
  const transport = scriptedTransport()
  const { result } = openChat(client, transport)
  act(() => void result.current.sendMessage({ text: 'hello' }))
  const request = await transport.request(0)
  act(() => {
    request.push(...textChunks('a1', 'cut o').slice(0, 3))
    request.close()
  })
  await waitFor(() => expect(client.stored('c1').get('a1')?.status).toBe('interrupted'))
  expect(result.current.status).toBe('ready')
})

test('keeps what came of an answer whose server failed, with the status error', async () => {
  const client = createFakeClient()
  const transport = scriptedTransport()
  const { result } = openChat(client, transport)
  act(() => void result.current.sendMessage({ text: 'hello' }))
  const request = await transport.request(0)
  act(() => request.push(...textChunks('a1', 'half').slice(0, 3), { type: 'error', errorText: 'overloaded' }))
  await waitFor(() => expect(client.stored('c1').get('a1')?.status).toBe('error'))
  expect(result.current.error?.message).toContain('overloaded')
})

test('regenerating keeps the old answer as a branch that can be shown again', async () => {
  const client = createFakeClient()
  client.elsewhere.append('c1', [question('q1'), answer('a1')])
  const transport = scriptedTransport()
  const { result } = openChat(client, transport)
  await waitFor(() => expect(shown(result)).toEqual(['u:q1', 'a:a1']))
  act(() => void result.current.regenerate())
  const request = await transport.request(0)
  act(() => request.answer('a2', 'better'))
  await waitFor(() => expect(result.current.envelopesById.get('a2')?.siblings).toEqual(['a1', 'a2']))
  expect(shown(result)).toEqual(['u:q1', 'a:better'])
  expect(client.stored('c1').get('a2')?.parentId).toBe('q1')
  await act(() => result.current.selectBranch('a1'))
  expect(shown(result)).toEqual(['u:q1', 'a:a1'])
})

test('a page that dies in mid-regenerate leaves what had arrived, beside the old answer', async () => {
  const client = createFakeClient()
  client.elsewhere.append('c1', [question('q1'), answer('a1')])
  const transport = scriptedTransport()
  const { result } = openChat(client, transport)
  await waitFor(() => expect(shown(result)).toEqual(['u:q1', 'a:a1']))
  act(() => void result.current.regenerate())
  const request = await transport.request(0)
  act(() => request.push(...textChunks('a2', 'bet').slice(0, 3)))
  await waitFor(() => expect(client.stored('c1').get('a2')?.status).toBe('streaming'))
  act(() => request.push({ type: 'text-delta', id: 't', delta: 'ter, and' }))
  await waitFor(() => expect(JSON.stringify(client.stored('c1').get('a2'))).toContain('better, and'))
  expect(client.stored('c1').get('a2')?.parentId).toBe('q1')
  expect(client.stored('c1').get('a1')?.message).toEqual(answer('a1'))
})

test('a read that began before a branch was chosen does not take the choice back', async () => {
  const client = createFakeClient()
  client.elsewhere.append('c1', [question('q1'), answer('a1')])
  client.elsewhere.append('c1', [answer('a2')], 'q1')
  const { result } = openChat(client, scriptedTransport())
  await waitFor(() => expect(shown(result)).toEqual(['u:q1', 'a:a2']))
  const release = client.hold('load')
  act(() => void result.current.session.refresh())
  act(() => void result.current.selectBranch('a1'))
  await waitFor(() => expect(client.calls.some((call) => call.startsWith('selectLeaf'))).toBe(true))
  await act(async () => release())
  await waitFor(() => expect(shown(result)).toEqual(['u:q1', 'a:a1']))
})

test('shows the old answer again when regenerating fails', async () => {
  const client = createFakeClient()
  client.elsewhere.append('c1', [question('q1'), answer('a1')])
  const transport = scriptedTransport()
  const { result } = openChat(client, transport)
  await waitFor(() => expect(shown(result)).toEqual(['u:q1', 'a:a1']))
  transport.refuseNext(new TypeError('Failed to fetch'))
  await act(() => result.current.regenerate())
  await waitFor(() => expect(shown(result)).toEqual(['u:q1', 'a:a1']))
  expect(result.current.error).toBeDefined()
  expect(result.current.unanswered).toBeNull()
})

test.each([
  ['editMessage', (chat: OpenChat) => chat.current.editMessage('q1', { text: 'q1 again' })],
  [
    'sendMessage with a messageId',
    (chat: OpenChat) => chat.current.sendMessage({ text: 'q1 again', messageId: 'q1' }),
  ],
])('%s asks in other words beside the old question', async (_name, edit) => {
  const client = createFakeClient()
  client.elsewhere.append('c1', [question('q0'), answer('a0'), question('q1'), answer('a1')])
  const transport = scriptedTransport()
  const { result } = openChat(client, transport)
  await waitFor(() => expect(shown(result)).toHaveLength(4))
  act(() => void edit(result))
  const request = await transport.request(0)
  expect(request.messages.map(textOf)).toEqual(['q0', 'a0', 'q1 again'])
  act(() => request.answer('a2', 'other'))
  await waitFor(() => expect(shown(result)).toEqual(['u:q0', 'a:a0', 'u:q1 again', 'a:other']))
  const edited = result.current.messages[2]
  await waitFor(() => expect(result.current.envelopesById.get(edited?.id ?? '')?.siblings).toHaveLength(2))
  expect(client.stored('c1').get('q1')?.message).toEqual(question('q1'))
})

test('shows what another tab appended', async () => {
  const client = createFakeClient()
  client.elsewhere.append('c1', [question('q1'), answer('a1')])
  const { result } = openChat(client, scriptedTransport())
  await waitFor(() => expect(shown(result)).toHaveLength(2))
  act(() => client.elsewhere.append('c1', [question('q2'), answer('a2')]))
  await waitFor(() => expect(shown(result)).toEqual(['u:q1', 'a:a1', 'u:q2', 'a:a2']))
})

test('another tab that goes to another branch does not pull this one away', async () => {
  const client = createFakeClient()
  client.elsewhere.append('c1', [question('q1'), answer('a1')])
  const { result } = openChat(client, scriptedTransport())
  await waitFor(() => expect(shown(result)).toHaveLength(2))
  act(() => client.elsewhere.append('c1', [answer('b1')], 'q1'))
  await waitFor(() => expect(result.current.envelopesById.get('a1')?.siblings).toEqual(['a1', 'b1']))
  expect(shown(result)).toEqual(['u:q1', 'a:a1'])
})

test('what another tab appends during an answer comes after it', async () => {
  const client = createFakeClient()
  const transport = scriptedTransport()
  const { result } = openChat(client, transport)
  act(() => void result.current.sendMessage({ text: 'hello' }))
  const request = await transport.request(0)
  act(() => request.push(...textChunks('a1', 'wait').slice(0, 3)))
  await waitFor(() => expect(client.stored('c1').get('a1')?.status).toBe('streaming'))
  act(() => client.elsewhere.append('c1', [question('q2')]))
  act(() => {
    request.push({ type: 'text-end', id: 't' }, { type: 'finish' })
    request.close()
  })
  await waitFor(() => expect(shown(result)).toEqual(['u:hello', 'a:wait', 'u:q2']))
})

test('a late first load goes before a message that was sent meanwhile, never over it', async () => {
  const client = createFakeClient()
  client.elsewhere.append('c1', [question('q1'), answer('a1')])
  const release = client.hold('load')
  const transport = scriptedTransport()
  const { result } = openChat(client, transport)
  act(() => void result.current.sendMessage({ text: 'quick' }))
  await waitFor(() => expect(shown(result)).toEqual(['u:quick']))
  release()
  const request = await transport.request(0)
  expect(request.messages.map(textOf)).toEqual(['q1', 'a1', 'quick'])
  act(() => request.answer('a2', 'ok'))
  await waitFor(() => expect(shown(result)).toEqual(['u:q1', 'a:a1', 'u:quick', 'a:ok']))
  expect(client.stored('c1').get('a2')).toMatchObject({ status: 'complete' })
})

test('a chat that could not be read says so, and is there after another try', async () => {
  const client = createFakeClient()
  client.elsewhere.append('c1', [question('q1'), answer('a1')])
  client.fail('load', new ChatkeepError('storage/connection-lost', 'lost'))
  const { result } = openChat(client, scriptedTransport())
  await waitFor(() => expect(result.current.restoreError?.code).toBe('storage/connection-lost'))
  expect(result.current.isRestoring).toBe(false)
  client.fail('load', undefined)
  await act(() => result.current.session.refresh())
  expect(shown(result)).toEqual(['u:q1', 'a:a1'])
  expect(result.current.error).toBeUndefined()
})

test('what changes during the first read is read after it', async () => {
  const client = createFakeClient()
  client.elsewhere.append('c1', [question('q1')])
  const stale = await client.loadMessages('c1')
  const { loadMessages } = client
  const gate = Promise.withResolvers<void>()
  client.loadMessages = async () => {
    client.loadMessages = loadMessages
    await gate.promise
    return stale
  }
  const { result } = openChat(client, scriptedTransport())
  await act(async () => client.elsewhere.append('c1', [answer('a1')]))
  await act(async () => gate.resolve())
  await waitFor(() => expect(shown(result)).toEqual(['u:q1', 'a:a1']))
})

test('an older snapshot that arrives late changes nothing', async () => {
  const client = createFakeClient()
  client.elsewhere.append('c1', [question('q1')])
  const { result } = openChat(client, scriptedTransport())
  await waitFor(() => expect(shown(result)).toEqual(['u:q1']))
  const late = client.loadMessages
  const old = await late('c1')
  act(() => client.elsewhere.append('c1', [answer('a1')]))
  await waitFor(() => expect(shown(result)).toHaveLength(2))
  client.loadMessages = async () => old
  await act(() => result.current.session.refresh())
  expect(shown(result)).toEqual(['u:q1', 'a:a1'])
})

test('an answer goes on in its own conversation while another one is shown', async () => {
  const client = createFakeClient()
  client.elsewhere.append('c2', [question('other')])
  const transport = scriptedTransport()
  const { result, rerender } = openChat(client, transport)
  act(() => void result.current.sendMessage({ text: 'hello' }))
  const request = await transport.request(0)
  act(() => request.push(...textChunks('a1', 'slow').slice(0, 3)))
  await waitFor(() => expect(shown(result)).toHaveLength(2))
  rerender({ id: 'c2' })
  await waitFor(() => expect(shown(result)).toEqual(['u:other']))
  act(() => {
    request.push(
      { type: 'text-delta', id: 't', delta: ' answer' },
      { type: 'text-end', id: 't' },
      { type: 'finish' },
    )
    request.close()
  })
  await waitFor(() => expect(client.stored('c1').get('a1')?.status).toBe('complete'))
  expect(shown(result)).toEqual(['u:other'])
  expect(client.stored('c2').size).toBe(1)
  rerender({ id: 'c1' })
  await waitFor(() => expect(shown(result)).toEqual(['u:hello', 'a:slow answer']))
})

test('an answer is saved whole after the component that asked is gone', async () => {
  const client = createFakeClient()
  const transport = scriptedTransport()
  const { result, unmount } = openChat(client, transport)
  act(() => void result.current.sendMessage({ text: 'hello' }))
  const request = await transport.request(0)
  unmount()
  request.answer('a1', 'all of it')
  await waitFor(() => expect(client.stored('c1').get('a1')?.status).toBe('complete'))
})

test('stops when another tab presses stop', async () => {
  const client = createFakeClient()
  const transport = scriptedTransport()
  const { result } = openChat(client, transport)
  act(() => void result.current.sendMessage({ text: 'hello' }))
  const request = await transport.request(0)
  act(() => request.push(...textChunks('a1', 'and so').slice(0, 3)))
  await waitFor(() => expect(client.stored('c1').get('a1')?.status).toBe('streaming'))
  client.elsewhere.stop('c1', 'a1')
  act(() => request.push({ type: 'text-delta', id: 't', delta: ' on' }))
  await waitFor(() => expect(client.stored('c1').get('a1')?.status).toBe('stopped'))
  expect(request.signal?.aborted).toBe(true)
})

test('stop asks the tab that writes the answer', async () => {
  const client = createFakeClient()
  const transport = scriptedTransport()
  const writing = openChat(client, transport)
  act(() => void writing.result.current.sendMessage({ text: 'hello' }))
  const request = await transport.request(0)
  act(() => request.push(...textChunks('a1', 'and so').slice(0, 3)))
  const watching = openChat(client, scriptedTransport())
  await waitFor(() => expect(watching.result.current.isAnsweredElsewhere).toBe(true))
  await act(() => watching.result.current.stop())
  expect(client.calls).toContain('stopDraft c1 a1')
})

test("a tool's result and the continued answer are saved on the same message", async () => {
  const client = createFakeClient()
  const transport = scriptedTransport()
  const { result } = openChat(client, transport, {
    sendAutomaticallyWhen: ({ messages }) => messages.length === 2 && transport.requests.length === 1,
  })
  act(() => void result.current.sendMessage({ text: 'weather?' }))
  const first = await transport.request(0)
  act(() => {
    first.push(
      { type: 'start', messageId: 'a1' },
      { type: 'tool-input-available', toolCallId: 'call', toolName: 'weather', input: {}, dynamic: true },
      { type: 'finish' },
    )
    first.close()
  })
  const second = await transport.request(1)
  act(() => {
    second.push(...textChunks('a1', 'Sunny'), { type: 'finish' })
    second.close()
  })
  await waitFor(() => expect(JSON.stringify(client.stored('c1').get('a1')?.message)).toContain('Sunny'))
  expect(client.stored('c1').size).toBe(2)
  expect(client.stored('c1').get('a1')?.status).toBe('complete')
})

test('setMessages with a shorter list takes nothing from the store', async () => {
  const client = createFakeClient()
  client.elsewhere.append('c1', [question('q1'), answer('a1')])
  const { result } = openChat(client, scriptedTransport())
  await waitFor(() => expect(shown(result)).toHaveLength(2))
  act(() => result.current.setMessages((messages) => messages.slice(0, 1)))
  await waitFor(() => expect(shown(result)).toHaveLength(1))
  expect(client.stored('c1').size).toBe(2)
})

test('another account sees nothing of the one before', async () => {
  const client = createFakeClient()
  client.elsewhere.append('c1', [question('q1'), answer('a1')])
  const { result } = openChat(client, scriptedTransport())
  await waitFor(() => expect(shown(result)).toHaveLength(2))
  await act(() => client.setAccount('somebody'))
  await waitFor(() => expect(shown(result)).toEqual([]))
})

test('shows older messages on demand and keeps them when new ones arrive', async () => {
  const client = createFakeClient()
  client.elsewhere.append(
    'c1',
    Array.from({ length: 10 }, (_, index) => question(`m${index}`)),
  )
  const { result } = openChat(client, scriptedTransport(), { pageSize: 4 })
  await waitFor(() => expect(shown(result)).toEqual(['u:m6', 'u:m7', 'u:m8', 'u:m9']))
  expect(result.current.hasOlder).toBe(true)
  await act(() => result.current.loadOlder())
  expect(shown(result)[0]).toBe('u:m2')
  act(() => client.elsewhere.append('c1', [answer('new')]))
  await waitFor(() => expect(shown(result)).toHaveLength(9))
  expect(shown(result)[0]).toBe('u:m2')
  await act(() => result.current.loadOlder())
  expect(shown(result)).toHaveLength(11)
  expect(result.current.hasOlder).toBe(false)
})

test('the model gets the whole branch, also what is not on screen', async () => {
  const client = createFakeClient()
  client.elsewhere.append(
    'c1',
    Array.from({ length: 10 }, (_, index) => question(`m${index}`)),
  )
  const transport = scriptedTransport()
  const { result } = openChat(client, transport, { pageSize: 4 })
  await waitFor(() => expect(shown(result)).toHaveLength(4))
  act(() => void result.current.sendMessage({ text: 'next' }))
  const request = await transport.request(0)
  expect(request.messages.map(textOf)).toEqual([
    ...Array.from({ length: 10 }, (_, index) => `m${index}`),
    'next',
  ])
  expect(shown(result)).toHaveLength(5)
})

test("opens the project's latest conversation when no id is given, and a new one on demand", async () => {
  const client = createFakeClient()
  client.elsewhere.append('kept', [question('q1')])
  const transport = scriptedTransport()
  const { result } = openChat(client, transport, { id: undefined })
  await waitFor(() => expect(shown(result)).toEqual(['u:q1']))
  expect(result.current.conversationId).toBe('kept')
  act(() => void result.current.newConversation())
  expect(shown(result)).toEqual([])
  await act(() => Promise.resolve())
  expect(result.current.conversationId).not.toBe('kept')
})

test('clearChat moves the conversation to the trash and opens a new one', async () => {
  const client = createFakeClient()
  client.elsewhere.append('kept', [question('q1')])
  const { result } = openChat(client, scriptedTransport(), { id: undefined })
  await waitFor(() => expect(shown(result)).toEqual(['u:q1']))
  await act(() => result.current.clearChat())
  expect(client.calls.some((call) => call.startsWith('delete kept'))).toBe(true)
  expect(shown(result)).toEqual([])
})
