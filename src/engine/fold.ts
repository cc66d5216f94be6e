import { comparePlaces } from '../domain/message.ts'
import type { MessageRecord } from '../ports/records/message.ts'
import type { PackedMessage } from '../ports/records/pack.ts'
import type { CommandUnit } from './command-unit.ts'
import { rangeOf } from './conversation-range.ts'
import { FOLD_LIMITS, type FoldLimits } from './fold-limits.ts'
import { decodePackIndex, encodePackIndex, nodeOf, packIndexKey } from './pack-index.ts'
import { decodePack, encodePacks } from './packs.ts'

/**
 * Folds a long tail into packs, in one transaction: the older part of the tail, and every placeholder, so that no packed copy is left
 * of what moves into another pack. Only packs that change are written again. What is shown does not change, but the revision is
 * bumped, because other engines on this database cache by it. Answers false when others in this transaction changed the conversation:
 * what they did is not in the stores yet, so that it is folded another time.
 */
export async function foldTail(
  unit: CommandUnit,
  conversationId: string,
  { keptTail, packBytes }: FoldLimits = FOLD_LIMITS,
): Promise<boolean> {
  const { tx } = unit
  const state = await unit.anyConversation(conversationId)
  if (state.changed) return false
  const tail = await tx.scan('messages', { range: rangeOf(conversationId) })
  const all = await tx.scan('packs', { range: rangeOf(conversationId) })
  // What was set aside keeps its place: only what is newer is folded, until it is settled.
  const kept = all.findLastIndex((pack) => pack.setAside !== undefined) + 1
  const packs = all.slice(kept)
  const behind = all[kept - 1]
  const isBehind = (record: MessageRecord) =>
    behind === undefined || comparePlaces(record, { born: behind.lastBorn, id: behind.lastId }) > 0
  const shown = tail.filter((record) => record.moved !== true)
  const boundary = shown[shown.length - keptTail]
  const isFolding = (record: MessageRecord) =>
    boundary !== undefined && (record.moved === true || comparePlaces(record, boundary) < 0)
  const folding = tail.filter((record) => isBehind(record) && isFolding(record))
  const first = folding[0]
  if (first === undefined) return true
  const last = folding.at(-1) ?? first
  const after = packs.findIndex((pack) => comparePlaces({ born: pack.lastBorn, id: pack.lastId }, first) >= 0)
  const from = after === -1 ? packs.length - 1 : after
  const until = packs.findLastIndex(
    (pack) => comparePlaces({ born: pack.firstBorn, id: pack.firstId }, last) <= 0,
  )
  const touched = from < 0 ? [] : packs.slice(Math.max(0, from), Math.max(from, until) + 1)
  const merged = mergeTail(touched.flatMap(decodePack), folding)
  await Promise.all(touched.map((pack) => tx.delete('packs', [conversationId, pack.firstBorn, pack.firstId])))
  const written = encodePacks(conversationId, merged, packBytes)
  await Promise.all(written.map((pack) => tx.put('packs', pack)))
  await Promise.all(folding.map((record) => tx.delete('messages', [conversationId, record.born, record.id])))
  const index = decodePackIndex(await tx.get('packs', packIndexKey(conversationId)))
  const nodesById = new Map(index.map((node) => [node.id, node]))
  for (const record of folding) if (record.moved === true) nodesById.delete(record.id)
  for (const message of merged) nodesById.set(message.id, nodeOf(message))
  const nodes = [...nodesById.values()].sort(comparePlaces)
  await tx.put('packs', encodePackIndex(conversationId, nodes))
  state.entries.clear()
  state.decodedPacks.clear()
  state.packed = nodes.length
  state.tail = tail.length - folding.length
  state.changed = true
  return true
}

/** Packed messages with the tail laid over them by id, in order. */
export function mergeTail(packed: readonly PackedMessage[], tail: readonly MessageRecord[]): PackedMessage[] {
  const messagesById = new Map(packed.map((message) => [message.id, message]))
  for (const record of tail) if (record.moved === true) messagesById.delete(record.id)
  for (const record of tail) {
    if (record.moved === true) continue
    const { id, born, parentId, heads, lifted } = record
    messagesById.set(id, { id, born, parentId, heads, ...(lifted === undefined ? {} : { lifted }) })
  }
  return [...messagesById.values()].sort(comparePlaces)
}
