// @vitest-environment happy-dom
import { act, cleanup, renderHook, waitFor } from '@testing-library/react'
import type { ReactNode } from 'react'
import { afterEach, expect, test } from 'vitest'
import type { ChatkeepClient } from '../../../src/client/api.ts'
import { ChatkeepError } from '../../../src/domain/errors.ts'
import {
  ChatkeepProvider,
  type ChatkeepProviderProps,
  useChatkeep,
  useConversation,
  useConversations,
} from '../../../src/react/index.ts'
import { createFakeClient } from './fake-client.ts'

afterEach(cleanup)

const message = (id: string) => ({ id, role: 'user', content: id })
const within = (client: ChatkeepProviderProps['client']) => ({
  wrapper: ({ children }: { readonly children: ReactNode }) => (
    <ChatkeepProvider client={client}>{children}</ChatkeepProvider>
  ),
})

test('lists a project and follows every change of it', async () => {
  const client = createFakeClient()
  client.elsewhere.append('c1', [message('m1')])
  const { result } = renderHook(() => useConversations(), within(client))
  expect(result.current.isLoading).toBe(true)
  await waitFor(() => expect(result.current.conversations.map(({ id }) => id)).toEqual(['c1']))
  act(() => client.elsewhere.append('c2', [message('m2')]))
  await waitFor(() => expect(result.current.conversations).toHaveLength(2))
  await act(() => client.deleteConversation('c1'))
  await waitFor(() => expect(result.current.conversations.map(({ id }) => id)).toEqual(['c2']))
})

test('does not read again for a change of another project', async () => {
  const client = createFakeClient()
  const { result } = renderHook(() => useConversations({ projectId: 'mine' }), within(client))
  await waitFor(() => expect(result.current.isLoading).toBe(false))
  const reads = client.calls.length
  await act(() => client.createConversation({ id: 'c1', projectId: 'other', title: 'x' }))
  expect(client.calls.filter((call) => call.startsWith('list'))).toHaveLength(reads)
})

test('shows a page more on demand and keeps the whole list live', async () => {
  const client = createFakeClient()
  for (let index = 0; index < 7; index++) client.elsewhere.append(`c${index}`, [message(`m${index}`)])
  const { result } = renderHook(() => useConversations({ limit: 3 }), within(client))
  await waitFor(() => expect(result.current.conversations).toHaveLength(3))
  expect(result.current.hasMore).toBe(true)
  await act(() => result.current.loadMore())
  expect(result.current.conversations).toHaveLength(6)
  act(() => client.elsewhere.append('new', [message('n')]))
  await waitFor(() => expect(result.current.conversations.some(({ id }) => id === 'new')).toBe(true))
  expect(result.current.conversations).toHaveLength(6)
})

test('keeps the last good list when a read fails, and says why', async () => {
  const client = createFakeClient()
  client.elsewhere.append('c1', [message('m1')])
  const { result } = renderHook(() => useConversations(), within(client))
  await waitFor(() => expect(result.current.conversations).toHaveLength(1))
  client.fail('list', new ChatkeepError('storage/connection-lost', 'lost'))
  await act(() => result.current.refresh())
  expect(result.current.error?.code).toBe('storage/connection-lost')
  expect(result.current.conversations).toHaveLength(1)
  client.fail('list', undefined)
  await act(() => result.current.refresh())
  expect(result.current.error).toBeNull()
})

test("shows nothing of one account's list to the next, not even while it loads", async () => {
  const client = createFakeClient()
  client.elsewhere.append('c1', [message('m1')])
  const { result } = renderHook(() => useConversations(), within(client))
  await waitFor(() => expect(result.current.conversations).toHaveLength(1))
  const release = client.hold('list')
  await act(() => client.setAccount('next'))
  expect(result.current.conversations).toEqual([])
  expect(result.current.isLoading).toBe(true)
  release()
  await waitFor(() => expect(result.current.isLoading).toBe(false))
})

test('reads one conversation with its newest messages, and older ones on demand', async () => {
  const client = createFakeClient()
  client.elsewhere.append('c1', ['m1', 'm2', 'm3', 'm4', 'm5'].map(message))
  const { result } = renderHook(() => useConversation('c1', { limit: 2 }), within(client))
  await waitFor(() => expect(result.current.messages.map(({ id }) => id)).toEqual(['m4', 'm5']))
  expect(result.current.conversation?.title).toBe('m1')
  await act(() => result.current.loadOlder())
  expect(result.current.messages.map(({ id }) => id)).toEqual(['m2', 'm3', 'm4', 'm5'])
  await act(() => client.renameConversation('c1', 'Named'))
  await waitFor(() => expect(result.current.conversation?.title).toBe('Named'))
})

test('an older answer that arrives late does not replace a newer one', async () => {
  const client = createFakeClient()
  client.elsewhere.append('c1', [message('m1')])
  const { result } = renderHook(() => useConversation('c1'), within(client))
  await waitFor(() => expect(result.current.messages).toHaveLength(1))
  const old = await client.loadMessages('c1')
  act(() => client.elsewhere.append('c1', [message('m2')]))
  await waitFor(() => expect(result.current.messages).toHaveLength(2))
  client.loadMessages = async () => old
  await act(() => result.current.refresh())
  expect(result.current.messages).toHaveLength(2)
})

test('another client is another conversation, also when its revision is lower', async () => {
  const [before, after] = [createFakeClient(), createFakeClient()]
  before.elsewhere.append('c1', [message('m1')])
  before.elsewhere.append('c1', [message('m2')])
  after.elsewhere.append('c1', [message('m3')])
  let client = before
  const { result, rerender } = renderHook(() => useConversation('c1'), {
    wrapper: ({ children }: { readonly children: ReactNode }) => (
      <ChatkeepProvider client={client}>{children}</ChatkeepProvider>
    ),
  })
  await waitFor(() => expect(result.current.messages).toHaveLength(2))
  client = after
  rerender()
  expect(result.current.messages).toEqual([])
  await waitFor(() => expect(result.current.messages.map(({ id }) => id)).toEqual(['m3']))
})

test('a provider with a promise loads until it resolves, and tells when it rejects', async () => {
  const arriving = Promise.withResolvers<ChatkeepClient>()
  const first = renderHook(() => useChatkeep(), within(arriving.promise))
  expect(first.result.current.state).toBe('loading')
  const client = createFakeClient()
  await act(async () => arriving.resolve(client))
  expect(first.result.current.client).toBe(client)

  const failing = renderHook(() => useChatkeep(), within(Promise.reject(new Error('no'))))
  await waitFor(() => expect(failing.result.current.state).toBe('failed'))
  expect(failing.result.current.error?.message).toBe('no')
})

test('a provider with a function registers once, also when React mounts twice', async () => {
  const client = createFakeClient()
  let registered = 0
  const { result, rerender } = renderHook(() => useChatkeep(), {
    ...within(() => {
      registered++
      return Promise.resolve(client)
    }),
    reactStrictMode: true,
  })
  await waitFor(() => expect(result.current.client).toBe(client))
  rerender()
  expect(registered).toBe(1)
})

test('hooks without a provider say what is missing', () => {
  expect(() => renderHook(() => useConversations())).toThrow('ChatkeepProvider')
})

test('a function that throws instead of registering is told like a promise that rejects', async () => {
  const { result } = renderHook(
    () => ({ chatkeep: useChatkeep(), list: useConversations() }),
    within(() => {
      throw new ChatkeepError('storage/unavailable', 'no register here')
    }),
  )
  await waitFor(() => expect(result.current.chatkeep.state).toBe('failed'))
  expect(result.current.chatkeep.error).toMatchObject({ code: 'storage/unavailable' })
  await waitFor(() => expect(result.current.list.error).toMatchObject({ code: 'storage/unavailable' }))
  await expect(result.current.chatkeep.ready).rejects.toMatchObject({ code: 'storage/unavailable' })
})
