import type { MutationId } from '../domain/ids.ts'
import { shownValue } from '../domain/merge.ts'
import { isPresent } from '../domain/message.ts'
import type { CommandResult } from '../domain/service/command.ts'
import type { MessageInput } from '../domain/service/message-commands.ts'
import type { DraftRecord } from '../ports/records/draft.ts'
import { followBranch } from './append.ts'
import { writeMessage } from './author.ts'
import type { CommandUnit } from './command-unit.ts'
import type { ConversationState } from './conversation-state.ts'
import { editEntry } from './edit-entry.ts'
import { loadEntry } from './load-entry.ts'
import { toValue } from './message-input.ts'
import { loadSeen } from './seen.ts'
import { writeBeside } from './write-beside.ts'

/** Writes a message in the place of its draft, which is deleted; nothing when the message was removed or purged meanwhile. */
export async function writeDraft(
  unit: CommandUnit,
  state: ConversationState,
  draft: DraftRecord,
  input: MessageInput,
  mutationId: MutationId,
): Promise<CommandResult['written']> {
  const author = unit.author(mutationId)
  const { messageId } = draft
  await unit.tx.delete('drafts', [draft.conversationId, messageId])
  state.changed = true
  const entry = await loadEntry(unit.tx, state, messageId)
  const { parentId, born } = entry ?? draft
  const written = [{ id: messageId, parentId, born }]
  if (entry !== undefined) {
    const winner = shownValue(entry.heads)
    if (winner === undefined || !isPresent(winner)) return [] // Removed meanwhile.
    if (draft.beside === true)
      await writeBeside(unit, state, entry, { createdAt: winner.createdAt, ...input }, mutationId)
    else await editEntry(unit, state, entry, { message: input, mutationId }, draft.seen)
  } else {
    const seen = await loadSeen(unit.tx, state, `message:${messageId}`)
    if (seen.stubs.size > 0) return [] // Purged meanwhile.
    const value = toValue({ createdAt: draft.createdAt, ...input }, { parentId, born }, unit.now)
    await writeMessage(unit.tx, state, author, messageId, value, { atLeast: born })
  }
  await followBranch(unit, state, author, written)
  return written
}
