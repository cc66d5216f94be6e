import type { ReadTransaction } from '../ports/storage.ts'
import { rangeOf } from './conversation-range.ts'
import type { ConversationState } from './conversation-state.ts'
import type { EntryState } from './load-entry.ts'
import { decodePack } from './packs.ts'

/** Every message of the conversation, in order. Reads the whole history: for purges, trash and offering only. */
export async function loadAllEntries(
  tx: ReadTransaction,
  state: ConversationState,
): Promise<readonly EntryState[]> {
  const [tail, packs] = await Promise.all([
    tx.scan('messages', { range: rangeOf(state.id) }),
    tx.scan('packs', { range: rangeOf(state.id) }),
  ])
  const keep = (
    found: (typeof tail)[number] | ReturnType<typeof decodePack>[number],
    source: 'tail' | 'pack',
  ) => {
    if (state.entries.has(found.id) || state.tree.get(found.id) === undefined) return
    state.entries.set(found.id, {
      id: found.id,
      born: found.born,
      parentId: found.parentId,
      heads: found.heads,
      lifted: found.lifted ?? [],
      source,
      sourceBorn: found.born,
      changed: false,
    })
  }
  for (const record of tail) if (!record.moved) keep(record, 'tail')
  for (const pack of packs) for (const message of decodePack(pack)) keep(message, 'pack')
  const entries = state.tree.nodes.map((node) => state.entries.get(node.id))
  return entries.filter((entry) => entry !== undefined)
}
