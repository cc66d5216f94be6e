import type { ConversationRecord } from '../ports/records/conversation.ts'
import type { WriteTransaction } from '../ports/storage.ts'
import { noteDroppedFiles } from './blobs.ts'
import type { ConversationState } from './conversation-state.ts'
import { deriveRecord } from './derive-record.ts'
import { writeLacking } from './lacking.ts'
import type { EntryState } from './load-entry.ts'
import { settleDamage } from './mending/damage.ts'
import { scrubPacks } from './scrub.ts'
import { writeEntries } from './write-entries.ts'

/** Derives what a list shows and writes everything of a conversation that this transaction changed. */
export async function flushConversation(
  tx: WriteTransaction,
  state: ConversationState,
  now: number,
): Promise<ConversationRecord | undefined> {
  if (!state.changed) return undefined
  if (state.damaged?.settled === true && [...state.entries.values()].some(isNew))
    await settleDamage(tx, state, { isAsked: true })
  await writeEntries(tx, state)
  if (state.hidesPacked && state.packed > 0) await scrubPacks(tx, state)
  const requests: Promise<unknown>[] = []
  for (const [register, seen] of state.seen) {
    if (!seen.changed || register === 'purges') continue
    requests.push(
      tx.put('seen', { conversationId: state.id, register, stubs: Object.fromEntries(seen.stubs) }),
    )
  }
  if (state.purgesChanged) {
    const purges = Object.fromEntries(state.purges)
    requests.push(tx.put('seen', { conversationId: state.id, register: 'purges', stubs: {}, purges }))
  }
  await writeLacking(tx, state)
  const record = await deriveRecord(tx, state, now)
  requests.push(tx.put('conversations', record))
  requests.push(noteDroppedFiles(tx, state.droppedFiles, `${state.id} ${record.revision}`))
  await Promise.all(requests)
  return record
}

/** Somebody else had what was missing. */
const isNew = ({ changed, source }: EntryState): boolean => changed && source === 'new'
