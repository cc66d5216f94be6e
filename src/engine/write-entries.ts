import type { WriteTransaction } from '../ports/storage.ts'
import type { ConversationState } from './conversation-state.ts'
import type { EntryState } from './load-entry.ts'
import { decodePackIndex, packIndexKey } from './pack-index.ts'

/** Writes the messages that this transaction changed to the tail, and hides what of them lies in packs. */
export async function writeEntries(tx: WriteTransaction, state: ConversationState): Promise<void> {
  const changed = [...state.entries.values()].filter((entry) => entry.changed)
  const hasMoved = ({ source, heads, born, sourceBorn }: EntryState) =>
    source !== 'new' && (heads.length === 0 || born !== sourceBorn)
  const isFromTail = changed.some((entry) => entry.source === 'tail' && hasMoved(entry))
  const packed = isFromTail && state.packed > 0 ? await tx.get('packs', packIndexKey(state.id)) : undefined
  const packedBornById = new Map(decodePackIndex(packed).map(({ id, born }) => [id, born]))
  const requests: Promise<unknown>[] = []
  for (const entry of changed) {
    const moved = hasMoved(entry)
    // An edit of a packed message lay over its packed copy, which has to stay hidden where the edit is no more.
    const hidesPacked = entry.source === 'pack' || packedBornById.get(entry.id) === entry.sourceBorn
    if (moved && hidesPacked) {
      const { sourceBorn: born, id, parentId } = entry
      requests.push(
        tx.put('messages', { conversationId: state.id, born, id, parentId, heads: [], moved: true }),
      )
      if (entry.source === 'pack') state.tail++
    } else if (moved) {
      requests.push(tx.delete('messages', [state.id, entry.sourceBorn, entry.id]))
      state.tail--
    }
    if (entry.heads.length === 0) continue
    if (entry.source !== 'tail' || moved) state.tail++
    const { id, born, parentId, heads, lifted } = entry
    requests.push(
      tx.put('messages', {
        conversationId: state.id,
        born,
        id,
        parentId,
        heads,
        ...(lifted.length > 0 ? { lifted } : {}),
      }),
    )
  }
  await Promise.all(requests)
}
