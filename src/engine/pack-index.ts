import { shownValue } from '../domain/merge.ts'
import { isPresent } from '../domain/message.ts'
import type { TreeNode } from '../domain/tree.ts'
import type { PackedMessage, PackRecord } from '../ports/records/pack.ts'

/** Place of the index of a conversation's packs: before every pack. */
export const PACK_INDEX_BORN = -1
export const packIndexKey = (conversationId: string) => [conversationId, PACK_INDEX_BORN, ''] as const

type IndexEntry =
  | readonly [id: string, bornDelta: number]
  | readonly [id: string, bornDelta: number, parentId: string | null, removed: 0 | 1]

/** The way from a message id to its pack, and the tree of the packed messages, without reading the packs. */
export function encodePackIndex(conversationId: string, nodes: readonly TreeNode[]): PackRecord {
  let previous: TreeNode | undefined
  const entries: IndexEntry[] = []
  for (const node of nodes) {
    const delta = node.born - (previous?.born ?? 0)
    const follows = !node.removed && node.parentId === (previous?.id ?? null)
    entries.push(follows ? [node.id, delta] : [node.id, delta, node.parentId, node.removed ? 1 : 0])
    previous = node
  }
  const last = nodes.at(-1)
  return {
    conversationId,
    firstBorn: PACK_INDEX_BORN,
    firstId: '',
    lastBorn: last?.born ?? PACK_INDEX_BORN,
    lastId: last?.id ?? '',
    count: nodes.length,
    text: JSON.stringify(entries),
  }
}

export function decodePackIndex(index: PackRecord | undefined): TreeNode[] {
  if (index === undefined) return []
  const nodes: TreeNode[] = []
  let born = 0
  let previousId: string | null = null
  for (const [id, delta, parentId, removed] of JSON.parse(index.text) as IndexEntry[]) {
    born += delta
    nodes.push({ id, born, parentId: parentId === undefined ? previousId : parentId, removed: removed === 1 })
    previousId = id
  }
  return nodes
}

/** The tree's view of a stored message: the winner decides whether it is shown. */
export function nodeOf(entry: Pick<PackedMessage, 'id' | 'parentId' | 'born' | 'heads'>): TreeNode {
  const shown = shownValue(entry.heads)
  return {
    id: entry.id,
    parentId: entry.parentId,
    born: entry.born,
    removed: shown === undefined || !isPresent(shown),
  }
}
