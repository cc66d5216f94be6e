import type { ChatkeepClient } from '../client/api.ts'
import type { Shelf } from '../domain/conversation.ts'
import type { ChatkeepError } from '../domain/errors.ts'
import type {
  ConversationPage,
  ListedConversation,
  ListPosition,
} from '../domain/service/conversation-list.ts'
import { useLiveQuery } from './live-query.ts'
import { useChatkeep, useChatkeepContext } from './provider.tsx'

export type UseConversationsOptions = {
  /** Default: the client's project. */
  readonly projectId?: string
  /** Default: pinned, then open. */
  readonly shelves?: readonly Shelf[]
  /** Conversations per page. Default 50. */
  readonly limit?: number
}

export type UseConversations = {
  /** Newest first within each shelf, in the order of `shelves`. */
  readonly conversations: readonly ListedConversation[]
  /** True until the first answer; a server renders this state. */
  readonly isLoading: boolean
  readonly error: ChatkeepError | null
  readonly hasMore: boolean
  /** Shows one page more; the list stays live as a whole. */
  loadMore(): Promise<void>
  /** Reads again; changes in any tab do so by themselves. */
  refresh(): Promise<void>
}

/** Longest page that the engine answers. */
const MAX_PAGE = 500
const NONE: ConversationPage = { conversations: [], next: null }

/** A project's conversations, live: every change in this or another tab, or from the cloud, shows up. */
export function useConversations(options: UseConversationsOptions = {}): UseConversations {
  const { projectId, shelves, limit = 50 } = options
  const { source } = useChatkeepContext()
  const { client } = useChatkeep()
  const project = projectId ?? client?.projectId
  const [state, query] = useLiveQuery<ConversationPage>(
    source,
    JSON.stringify([project, shelves, limit]),
    () => ({
      initial: NONE,
      pageSize: limit,
      concerns: (change) => project === undefined || change.projectId === project,
      load: (asked, count) =>
        readList(asked, count, {
          ...(project === undefined ? {} : { projectId: project }),
          ...(shelves === undefined ? {} : { shelves }),
        }),
    }),
  )
  return {
    conversations: state.value.conversations,
    isLoading: state.isLoading,
    error: state.error,
    hasMore: state.value.next !== null,
    loadMore: query.grow,
    refresh: query.refresh,
  }
}

/** Reads the first `count` conversations in as few pages as the engine allows. */
async function readList(
  client: ChatkeepClient,
  count: number,
  query: { readonly projectId?: string; readonly shelves?: readonly Shelf[] },
): Promise<ConversationPage> {
  const conversations: ListedConversation[] = []
  let after: ListPosition | null = null
  do {
    const limit = Math.min(MAX_PAGE, count - conversations.length)
    const page: ConversationPage = await client.listConversations({
      ...query,
      limit,
      ...(after ? { after } : {}),
    })
    conversations.push(...page.conversations)
    after = page.next
  } while (after !== null && conversations.length < count)
  return { conversations, next: after }
}
