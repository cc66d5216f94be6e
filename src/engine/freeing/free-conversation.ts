import { freeHeads } from '../../domain/merge.ts'
import { messageRegister } from '../../domain/register.ts'
import type { ConversationRecord, ListedFacts } from '../../ports/records/conversation.ts'
import type { WriteTransaction } from '../../ports/storage.ts'
import { loadAllEntries } from '../all-entries.ts'
import { rangeOf } from '../conversation-range.ts'
import type { ConversationState } from '../conversation-state.ts'
import { absentIn, keepLacking } from '../lacking.ts'

/**
 * Takes every message of a conversation off this device; which operations there were, and what they overwrite, stays. The caller has
 * seen that the cloud has them all. Answers the bytes of what is gone, about.
 */
export async function freeConversation(
  tx: WriteTransaction,
  state: ConversationState,
  provenAt: number,
): Promise<number> {
  if (state.before === undefined || state.absent !== undefined || state.changed) return 0
  const entries = await loadAllEntries(tx, state)
  if (entries.length === 0) return 0
  let bytes = await bytesOf(tx, state.id)
  for (const { id, heads, lifted } of entries) {
    const register = messageRegister(id)
    const freed = freeHeads({ heads, stubs: new Map(), ...absentIn(state, register) })
    keepLacking(state, register, freed, provenAt)
    for (const { hash } of lifted) {
      if (!state.droppedFiles.has(hash)) bytes += (await tx.get('blobs', hash))?.sizeBytes ?? 0
      state.droppedFiles.add(hash)
    }
    state.tree.remove(id)
  }
  const range = { lower: [state.id], upper: [state.id, []] }
  await Promise.all([tx.delete('messages', { range }), tx.delete('packs', { range })])
  state.entries.clear()
  state.decodedPacks.clear()
  state.packed = 0
  state.tail = 0
  state.absent = factsOf(state.before)
  state.changed = true
  return bytes
}

async function bytesOf(tx: WriteTransaction, conversationId: string): Promise<number> {
  const range = rangeOf(conversationId)
  const [tail, packs] = await Promise.all([tx.scan('messages', { range }), tx.scan('packs', { range })])
  const inPacks = packs.reduce((sum, pack) => sum + pack.text.length, 0)
  return tail.reduce((sum, record) => sum + JSON.stringify(record).length, inPacks)
}

/** What a list goes on to show. */
export function factsOf(record: ConversationRecord): ListedFacts {
  const { title, messageCount, preview, createdAt, lastMessageAt, archived, pinned, trashed, tags } = record
  return { title, messageCount, preview, createdAt, lastMessageAt, archived, pinned, trashed, tags }
}
