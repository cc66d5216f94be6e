import type { MutationId } from '../domain/ids.ts'
import type { ConversationRecord, DraftRecord, MutationRecord, SettingRecord } from '../ports/records.ts'
import type { TreeCache } from './conversation-state.ts'
import type { Guess, ReadAhead } from './read-ahead.ts'

/** A conversation that a command works on, and the messages that it writes there. */
export type Use = { readonly conversationId: string; readonly messageIds: readonly string[] }

/** A database is open, unless somebody signs out just now. */
const OPEN: Guess<SettingRecord | undefined> = {
  value: undefined,
  isRight: (record) => (record?.value ?? null) === null,
}

/** An act is done once, unless its answer was lost. */
const NEW: Guess<MutationRecord | undefined> = { value: undefined, isRight: (record) => record === undefined }

/** While an answer grows nobody appends, mostly. */
const NO_DRAFTS: Guess<DraftRecord[]> = { value: [], isRight: (drafts) => drafts.length === 0 }

/** Says what every command reads. */
export function announceCommand(tx: ReadAhead, mutationId: MutationId): void {
  tx.willGet('settings', 'state', OPEN)
  tx.willGet('mutations', mutationId, NEW)
}

/** Says what a command that writes messages reads of their conversation. */
export function announceConversation(
  tx: ReadAhead,
  trees: TreeCache,
  { conversationId, messageIds }: Use,
): void {
  const known = trees.guess(conversationId)
  tx.willGet('conversations', conversationId, known === undefined ? undefined : unchanged(known))
  if (messageIds.length > 0)
    tx.willScan('drafts', { range: { lower: [conversationId], upper: [conversationId, []] } }, NO_DRAFTS)
  if (known?.pristine === true) return
  tx.willGet('seen', [conversationId, 'purges'])
  for (const id of messageIds) tx.willGet('seen', [conversationId, `message:${id}`])
}

/** Every change of a conversation raises its revision. */
function unchanged(known: ConversationRecord): Guess<ConversationRecord | undefined> {
  return { value: known, isRight: (record) => record?.revision === known.revision }
}
