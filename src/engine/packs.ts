import { ChatkeepError } from '../domain/errors.ts'
import { shownValue } from '../domain/merge.ts'
import { isPresent } from '../domain/message.ts'
import type { TreeNode } from '../domain/tree.ts'
import type { PackedMessage, PackRecord } from '../ports/records.ts'

/**
 * A pack is closed at this size. IndexedDB in Chromium costs 30–50 µs per record in the browser process, then per byte, and
 * moves values over 64 KiB to files of their own: so many messages to a record, but never more than this many bytes.
 */
export const PACK_BYTES = 48 * 1024
/** A tail longer than this is folded into packs when nothing else is to be done. */
export const LONG_TAIL = 96
/** Messages that a fold leaves in the tail: the ones most likely to change. */
export const KEPT_TAIL = 32

/** Place of the index of a conversation's packs: before every pack. */
export const PACK_INDEX_BORN = -1
export const packIndexKey = (conversationId: string) => [conversationId, PACK_INDEX_BORN, ''] as const

/** Packs of messages that are in order of (born, id). */
export function encodePacks(conversationId: string, messages: readonly PackedMessage[]): PackRecord[] {
  const packs: PackRecord[] = []
  let texts: string[] = []
  let units = 0
  let isWide = false
  let first: PackedMessage | undefined
  let last: PackedMessage | undefined
  const close = () => {
    if (first === undefined || last === undefined) return
    packs.push({
      conversationId,
      firstBorn: first.born,
      firstId: first.id,
      lastBorn: last.born,
      lastId: last.id,
      count: texts.length,
      text: `[${texts.join(',')}]`,
    })
    texts = []
    units = 0
    isWide = false
    first = undefined
  }
  for (const message of messages) {
    const text = JSON.stringify(message)
    const isTextWide = !isLatin1(text)
    const bytes = (units + text.length) * (isWide || isTextWide ? 2 : 1)
    if (first !== undefined && bytes > PACK_BYTES) close()
    first ??= message
    last = message
    texts.push(text)
    units += text.length
    isWide ||= isTextWide
  }
  close()
  return packs
}

/** Messages of a pack in order. Throws `storage/corrupt` when the text is not what was written. */
export function decodePack(pack: PackRecord): PackedMessage[] {
  try {
    const messages: unknown = JSON.parse(pack.text)
    if (Array.isArray(messages) && messages.length === pack.count) return messages as PackedMessage[]
  } catch {
    // Falls through to the error below, which says the same and names the pack.
  }
  throw new ChatkeepError(
    'storage/corrupt',
    `A pack of ${pack.count} messages cannot be read. The other messages are safe; they can still be read and exported.`,
    { details: { conversationId: pack.conversationId, firstBorn: pack.firstBorn, count: pack.count } },
  )
}

const BEYOND_LATIN_1 = /[^\0-\xff]/

/** A string takes one byte a unit in IndexedDB while all of its units are Latin-1, else two for every one. */
function isLatin1(text: string): boolean {
  return !BEYOND_LATIN_1.test(text)
}

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
