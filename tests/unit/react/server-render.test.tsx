import { renderToString } from 'react-dom/server'
import { expect, test } from 'vitest'
import { usePersistentChat } from '../../../src/ai-sdk/index.ts'
import {
  ChatkeepProvider,
  SyncStatusBadge,
  useChatkeep,
  useConversation,
  useConversations,
} from '../../../src/react/index.ts'

// Runs in Node: there is no document, no navigator that knows whether it is online, and nothing may be registered.

function Page() {
  const { state } = useChatkeep()
  const { conversations, isLoading } = useConversations()
  const { conversation } = useConversation('c1')
  const chat = usePersistentChat({ id: 'c1' })
  return (
    <p>
      {[
        state,
        conversations.length,
        isLoading,
        conversation,
        chat.messages.length,
        chat.status,
        chat.isRestoring,
      ]
        .map(String)
        .join(' ')}
      <SyncStatusBadge />
    </p>
  )
}

test('a server renders the loading state and registers nothing', () => {
  let registered = 0
  const html = renderToString(
    <ChatkeepProvider
      client={() => {
        registered++
        return new Promise(() => {})
      }}
    >
      <Page />
    </ChatkeepProvider>,
  )
  expect(html).toContain('loading 0 true null 0 ready true')
  expect(html).toContain('data-level="loading"')
  expect(registered).toBe(0)
})

test('a chat without an id renders on a server too', () => {
  const Chat = () => <p>{usePersistentChat().status}</p>
  const html = renderToString(
    <ChatkeepProvider client={new Promise(() => {})}>
      <Chat />
    </ChatkeepProvider>,
  )
  expect(html).toContain('ready')
})
