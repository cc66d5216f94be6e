import { createTree, type MessageTree } from '../domain/tree.ts'
import type { ReadTransaction } from '../ports/storage.ts'
import { rangeOf } from './conversation-range.ts'
import { decodePackIndex, nodeOf, packIndexKey } from './pack-index.ts'

/** The tree from the packs' index and the tail, without reading the packs. */
export async function loadTree(tx: ReadTransaction, id: string): Promise<MessageTree> {
  const [index, tail] = await Promise.all([
    tx.get('packs', packIndexKey(id)),
    tx.scan('messages', { range: rangeOf(id) }),
  ])
  const tree = createTree(decodePackIndex(index))
  for (const record of tail) if (record.moved) tree.remove(record.id)
  for (const record of tail) if (!record.moved) tree.put(nodeOf(record))
  return tree
}
