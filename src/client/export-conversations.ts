import type { ConversationMetadata } from '../domain/conversation.ts'
import { ChatkeepError } from '../domain/errors.ts'
import type { MessagePage, StoredMessage } from '../domain/service/message-page.ts'
import type { ChatkeepClient } from './api.ts'

/** Everything that this device can show, as plain JSON. */
export type ChatExport = {
  readonly format: 'chatkeep'
  readonly version: 1
  /** ISO 8601. */
  readonly exportedAt: string
  readonly accountId: string | null
  readonly conversations: readonly ExportedConversation[]
}

export type ExportedConversation = ConversationMetadata & {
  /** All branches in one list, oldest first; `parentId` makes the tree. The message that each holds is verbatim. */
  readonly messages: readonly StoredMessage[]
  /** Only the cloud has its content, and it could not be fetched. */
  readonly absent?: true
  /** Not all of it can be read on this device; what can be is here. */
  readonly incomplete?: true
}
type Content = Pick<ExportedConversation, 'messages' | 'absent' | 'incomplete'>

const PAGE = 200
const SHELVES = ['pinned', 'open', 'archived', 'trashed'] as const

/** Reads every conversation of every project, the trash included, with all branches. What only the cloud has is fetched where possible. */
export async function exportConversations(
  client: Pick<ChatkeepClient, 'status' | 'listProjects' | 'listConversations' | 'loadMessages'>,
  now: () => Date = () => new Date(),
): Promise<ChatExport> {
  const conversations: ExportedConversation[] = []
  for (const projectId of await client.listProjects()) {
    for (let after: Parameters<typeof client.listConversations>[0]; ; ) {
      const page = await client.listConversations({ ...after, projectId, shelves: SHELVES, limit: PAGE })
      for (const { revision: _, absent: __, ...metadata } of page.conversations) {
        conversations.push({ ...metadata, ...(await contentOf(client, metadata.id)) })
      }
      if (page.next === null) break
      after = { after: page.next }
    }
  }
  const { accountId } = client.status
  return { format: 'chatkeep', version: 1, exportedAt: now().toISOString(), accountId, conversations }
}

async function contentOf(
  client: Pick<ChatkeepClient, 'loadMessages'>,
  conversationId: string,
): Promise<Content> {
  try {
    return await allBranches(client, conversationId)
  } catch (error) {
    if (error instanceof ChatkeepError && error.code.startsWith('sync/'))
      return { messages: [], absent: true }
    throw error
  }
}

/** The open branch, and from each of its forks the others, until no sibling is unknown. */
async function allBranches(
  client: Pick<ChatkeepClient, 'loadMessages'>,
  conversationId: string,
): Promise<Content> {
  const found = new Map<string, StoredMessage>()
  const leaves: (string | undefined)[] = [undefined]
  let isIncomplete = false
  for (let index = 0; index < leaves.length; index++) {
    const leafId = leaves[index]
    if (leafId !== undefined && found.has(leafId)) continue
    const query = { limit: 0, ...(leafId === undefined ? {} : { leafId }) }
    const { messages, damaged } = await client.loadMessages(conversationId, query).catch(unreadable)
    isIncomplete ||= damaged !== undefined
    for (const message of messages) {
      found.set(message.id, message)
      for (const sibling of message.siblings ?? []) if (!found.has(sibling)) leaves.push(sibling)
    }
  }
  const messages = [...found.values()].sort((a, b) => a.born - b.born || (a.id < b.id ? -1 : 1))
  return { messages, ...(isIncomplete && { incomplete: true }) }
}

/** One branch that is damaged holds up neither the others nor other conversations. */
function unreadable(error: unknown): Pick<MessagePage, 'messages' | 'damaged'> {
  if (error instanceof ChatkeepError && error.code === 'storage/corrupt')
    return { messages: [], damaged: { messageCount: 0 } }
  throw error
}
