import type { WriteTransaction } from '../ports/storage.ts'
import { rangeOf } from './conversation-range.ts'
import type { ConversationState } from './conversation-state.ts'
import { decodePackIndex, encodePackIndex, packIndexKey } from './pack-index.ts'
import { decodePack, encodePacks } from './packs.ts'

/**
 * Rewrites packs without the copies that the tail overrides or hides, so that no value of something overwritten or purged is left in
 * them. What is shown does not change.
 */
export async function scrubPacks(tx: WriteTransaction, state: ConversationState): Promise<void> {
  const { id: conversationId } = state
  const [tail, packs, index] = await Promise.all([
    tx.scan('messages', { range: rangeOf(conversationId) }),
    tx.scan('packs', { range: rangeOf(conversationId) }),
    tx.get('packs', packIndexKey(conversationId)),
  ])
  const hidden = new Set(tail.map(({ id }) => id))
  for (const pack of packs) {
    // Nobody can tell what lies in a damaged record.
    if (pack.setAside !== undefined) await tx.put('packs', { ...pack, setAside: {} })
    const messages = decodePack(pack)
    const kept = messages.filter(({ id }) => !hidden.has(id))
    if (kept.length === messages.length) continue
    for (const { id, lifted = [] } of messages)
      if (hidden.has(id)) for (const { hash } of lifted) state.droppedFiles.add(hash)
    await tx.delete('packs', [conversationId, pack.firstBorn, pack.firstId])
    await Promise.all(encodePacks(conversationId, kept).map((record) => tx.put('packs', record)))
  }
  const nodes = decodePackIndex(index).filter(({ id }) => !hidden.has(id))
  if (nodes.length === 0) await tx.delete('packs', packIndexKey(conversationId))
  else await tx.put('packs', encodePackIndex(conversationId, nodes))
  const placeholders = tail.filter(({ moved }) => moved === true)
  await Promise.all(placeholders.map(({ born, id }) => tx.delete('messages', [conversationId, born, id])))
  state.decodedPacks.clear()
  state.packed = nodes.length
  state.tail -= placeholders.length
}
