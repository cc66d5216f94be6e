import type { ChatkeepClient } from '../client/api.ts'
import type { ChatkeepError } from '../domain/errors.ts'
import type { ListedConversation } from '../domain/service/conversation-list.ts'
import type { MessagePage, StoredMessage } from '../domain/service/message-page.ts'
import { useLiveQuery } from './live-query.ts'
import { useChatkeepContext } from './provider.tsx'

export type UseConversation = {
  /** Null while it loads and when there is no such conversation. */
  readonly conversation: ListedConversation | null
  /** The newest part of the open branch, oldest first, with chatkeep's envelope around each message. */
  readonly messages: readonly StoredMessage[]
  /** What an append from here says it saw. */
  readonly leaf: MessagePage['leaf']
  readonly isLoading: boolean
  readonly error: ChatkeepError | null
  readonly hasOlder: boolean
  /** Shows one page more of the beginning. */
  loadOlder(): Promise<void>
  refresh(): Promise<void>
}

type Shown = { readonly conversation: ListedConversation | null; readonly page: MessagePage }

/**
 * One conversation, live, for reading: metadata and a window of messages that grows upwards. An answer of an older revision
 * never replaces a newer one. `limit`: messages per page, 50 if not given. To chat, use `usePersistentChat` or `useChatPersistence`.
 */
export function useConversation(
  conversationId: string,
  { limit = 50 }: { readonly limit?: number } = {},
): UseConversation {
  const { source } = useChatkeepContext()
  const [state, query] = useLiveQuery<Shown>(source, JSON.stringify([conversationId, limit]), () => ({
    initial: { conversation: null, page: emptyPage(conversationId) },
    pageSize: limit,
    concerns: (change) => change.conversationId === conversationId,
    load: (client, count) => readConversation(client, conversationId, count),
    mayReplace: (next, shown) => next.page.revision >= shown.page.revision,
  }))
  const { conversation, page } = state.value
  return {
    conversation,
    messages: page.messages,
    leaf: page.leaf,
    isLoading: state.isLoading,
    error: state.error,
    hasOlder: page.older !== null,
    loadOlder: query.grow,
    refresh: query.refresh,
  }
}

async function readConversation(
  client: ChatkeepClient,
  conversationId: string,
  limit: number,
): Promise<Shown> {
  const [conversation, page] = await Promise.all([
    client.getConversation(conversationId),
    client.loadMessages(conversationId, { limit }),
  ])
  return { conversation, page }
}

/** What is shown before the first answer and of a conversation that does not exist. */
export const emptyPage = (conversationId: string): MessagePage => ({
  conversationId,
  revision: -1,
  messages: [],
  leaf: null,
  older: null,
})
