import type { MutationId } from '../domain/ids.ts'
import type { ReadAhead } from './read-ahead.ts'

/** A conversation that a command works on, and the messages that it writes there. */
export type Use = { readonly conversationId: string; readonly messageIds: readonly string[] }

/** Says what every command reads: whether its database is open, and whether the act was done before, of which only a lost answer is to blame. */
export function announceCommand(tx: ReadAhead, mutationId: MutationId): void {
  tx.willGet('settings', 'state')
  tx.willAdd('mutations', mutationId)
}

/** Says what a command that writes messages reads of their conversation. */
export function announceConversation(tx: ReadAhead, { conversationId, messageIds }: Use): void {
  tx.willGet('conversations', conversationId)
  if (messageIds.length > 0)
    tx.willScan('drafts', { range: { lower: [conversationId], upper: [conversationId, []] } })
  if (tx.known('conversations', conversationId)?.pristine === true) return
  tx.willGet('seen', [conversationId, 'purges'])
  for (const id of messageIds) tx.willGet('seen', [conversationId, `message:${id}`])
}
