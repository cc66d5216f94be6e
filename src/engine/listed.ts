import { shelfOf } from '../domain/conversation.ts'
import type { ListedConversation } from '../domain/service/conversation-list.ts'
import type { ConversationRecord, ListedFacts } from '../ports/records/conversation.ts'
import type { ConversationState } from './conversation-state.ts'

/**
 * What a list shows of an absent conversation: what the cloud's list said of it, and over that what came since. Without its content
 * nothing can be counted or derived.
 */
export function withListedFacts(
  record: ConversationRecord,
  { registers, tree }: ConversationState,
  facts: ListedFacts,
): ConversationRecord {
  const isNewer = tree.size > 0 && record.lastMessageAt > facts.lastMessageAt
  const flags = {
    archived: registers.has('archived') ? record.archived : facts.archived,
    pinned: registers.has('pinned') ? record.pinned : facts.pinned,
    trashed: registers.has('trashed') ? record.trashed : facts.trashed,
  }
  const isGone = facts.gone === true && tree.size === 0 && registers.size === 0
  const known = new Set(record.tags)
  return {
    ...record,
    ...flags,
    shelf: isGone ? 'gone' : shelfOf(flags),
    title: registers.has('title') ? record.title : facts.title,
    messageCount: Math.max(record.messageCount, facts.messageCount),
    preview: isNewer ? record.preview : facts.preview,
    lastMessageAt: Math.max(isNewer ? record.lastMessageAt : 0, facts.lastMessageAt),
    createdAt: facts.createdAt,
    tags: [...known, ...facts.tags.filter((tag) => !known.has(tag) && !registers.has(`tag:${tag}`))].sort(),
    absent: facts,
  }
}

/** What a list shows, from the record. */
export function recordToMetadata(record: ConversationRecord): ListedConversation {
  return {
    id: record.id,
    projectId: record.projectId,
    title: record.title,
    messageCount: record.messageCount,
    ...(record.preview === '' ? {} : { lastMessage: record.preview }),
    createdAt: record.createdAt,
    updatedAt: record.lastMessageAt,
    archived: record.archived,
    pinned: record.pinned,
    trashed: record.trashed,
    tags: record.tags,
    revision: record.revision,
    ...(record.absent === undefined ? {} : { absent: true }),
    ...(record.damaged === undefined ? {} : { damaged: { messageCount: record.damaged.messageCount } }),
  }
}
