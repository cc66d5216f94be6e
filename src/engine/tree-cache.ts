import type { MessageTree } from '../domain/tree.ts'
import type { ConversationRecord } from '../ports/records/conversation.ts'

/** Trees of conversations that were in hand lately, each with the revision it belongs to. */
export type TreeCache = {
  take(conversationId: string, revision: number): MessageTree | undefined
  keep(record: Pick<ConversationRecord, 'id' | 'revision'>, tree: MessageTree): void
  forget(conversationId: string): void
}

const CACHED_TREES = 64

export function createTreeCache(): TreeCache {
  const treesById = new Map<string, { revision: number; tree: MessageTree }>()
  return {
    take(conversationId, revision) {
      const cached = treesById.get(conversationId)
      treesById.delete(conversationId)
      return cached?.revision === revision ? cached.tree : undefined
    },
    keep({ id, revision }, tree) {
      treesById.delete(id)
      treesById.set(id, { revision, tree })
      const oldest = treesById.keys().next()
      if (treesById.size > CACHED_TREES && !oldest.done) treesById.delete(oldest.value)
    },
    forget: (conversationId) => void treesById.delete(conversationId),
  }
}
