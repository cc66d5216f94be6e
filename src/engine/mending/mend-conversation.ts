import { comparePlaces } from '../../domain/message.ts'
import type { TreeNode } from '../../domain/tree.ts'
import type { ConversationRecord } from '../../ports/records/conversation.ts'
import type { MessageRecord } from '../../ports/records/message.ts'
import type { PackedMessage, PackRecord } from '../../ports/records/pack.ts'
import type { ReadTransaction } from '../../ports/storage.ts'
import type { CommandUnit } from '../command-unit.ts'
import { rangeOf } from '../conversation-range.ts'
import { decodePackIndex, encodePackIndex, nodeOf, packIndexKey } from '../pack-index.ts'
import { decodePack, encodePacks } from '../packs.ts'
import { rowsOfConversation } from '../sync/outbox-rows.ts'
import { settleDamage } from './damage.ts'
import { dropDamagedRows, fetchAgain } from './mend-queue.ts'
import { toSoundConversation, toSoundSeen } from './records.ts'
import { isSoundConversation, isSoundDraft, isSoundMessage, isSoundSeen } from './sound.ts'

/*
 *   a record cannot be read ── whoever needed it failed ──► every record of the conversation is looked at; what is damaged is set aside
 *                                                                                │
 *      what waits for the cloud is put back from the outbox ◄────────────────────┘
 *                  │
 *                  ▼
 *      nothing is missing: whole again       else `damaged`: everything but the lost messages is read and written as ever
 *                                                        │
 *                     the cloud shows all that it has ───┴──► whole again, or `settled`: nobody has them
 */

/** Sets aside what is damaged of a conversation. Answers false, having written nothing, when all of it is sound. */
export async function mendConversation(unit: CommandUnit, id: string): Promise<boolean> {
  const { tx } = unit
  const isRecordMended = await mendRecord(unit, id)
  const isSeenMended = await mendSeen(unit, id)
  const lostOfTail = await setAsideTail(unit, id)
  const packs = await setAsidePacks(unit, id, lostOfTail)
  await mendDrafts(unit, id)
  const hasDamagedRows = await dropDamagedRows(tx, await rowsOfConversation(tx, id))
  const isMissingSome = isRecordMended || isSeenMended || packs.isMended
  if (!isMissingSome) return hasDamagedRows
  const state = await unit.anyConversation(id)
  state.changed = true
  state.damaged = { messageCount: 0, at: unit.now }
  state.packed = decodePackIndex(await tx.get('packs', packIndexKey(id))).length
  for (const { operations } of await rowsOfConversation(tx, id)) {
    // Until the cloud has shown it back, what was written here is in the queue, whole.
    await unit.applyOperations(state.projectId, operations)
  }
  await settleDamage(tx, state, {
    isAsked: false,
    isRest: isRecordMended || isSeenMended || packs.isUncounted,
  })
  if (state.damaged !== undefined && unit.hasCloud()) await fetchAgain(unit, state)
  return true
}

async function mendRecord({ tx, now }: CommandUnit, id: string): Promise<boolean> {
  const record: ConversationRecord | undefined = await tx.get('conversations', id)
  if (record === undefined || isSoundConversation(record)) return false
  await tx.put('conversations', toSoundConversation(record, now, await rowsOfConversation(tx, id)))
  return true
}

async function mendSeen({ tx }: CommandUnit, id: string): Promise<boolean> {
  const records = await tx.scan('seen', { range: { lower: [id, ''], upper: [id, []] } })
  const damaged = records.filter((record) => !isSoundSeen(record))
  for (const record of damaged) await tx.put('seen', toSoundSeen(record))
  return damaged.length > 0
}

async function mendDrafts({ tx }: CommandUnit, id: string): Promise<void> {
  const drafts = await tx.scan('drafts', { range: { lower: [id], upper: [id, []] } })
  for (const draft of drafts) if (!isSoundDraft(draft)) await tx.delete('drafts', [id, draft.messageId])
}

/** Damaged records of the tail. */
async function setAsideTail({ tx }: CommandUnit, id: string): Promise<readonly TreeNode[]> {
  const tail = await tx.scan('messages', { range: rangeOf(id) })
  const lost: TreeNode[] = []
  for (const record of tail) {
    if (isSoundMessage(record)) continue
    const { born } = record
    const parentId = 'parentId' in record ? record.parentId : await likelyParent(tx, record, tail)
    lost.push({
      id: record.id,
      born,
      parentId: typeof parentId === 'string' ? parentId : null,
      removed: false,
    })
    // Behind the place itself: a pack may begin there.
    const place = { born, id: `${record.id}\0` }
    await tx.delete('messages', [id, born, record.id])
    await tx.put('packs', placeholder(id, place, place, record))
  }
  return lost
}

/** Of a record of which nothing is left but its place: what the packs know, or the message before it. */
async function likelyParent(
  tx: ReadTransaction,
  { conversationId, id, born }: Pick<MessageRecord, 'conversationId' | 'id' | 'born'>,
  tail: readonly MessageRecord[],
): Promise<string | null> {
  const packed = indexedNodes(await tx.get('packs', packIndexKey(conversationId))) ?? []
  const known = packed.find((node) => node.id === id)
  if (known !== undefined) return known.parentId
  const places: Place[] = [...packed, ...tail.filter((record) => record.moved !== true)].sort(comparePlaces)
  return places.findLast((place) => comparePlaces(place, { id, born }) < 0)?.id ?? null
}

type Packs = {
  readonly isMended: boolean
  /** Packs and their index are damaged: nobody knows how many messages there were. */
  readonly isUncounted: boolean
}

/** Damaged packs and their index; and packed copies that damaged records of the tail lay over, since those are not what was written last. */
async function setAsidePacks(
  { tx }: CommandUnit,
  id: string,
  lostOfTail: readonly TreeNode[],
): Promise<Packs> {
  const [packs, index] = await Promise.all([
    tx.scan('packs', { range: rangeOf(id) }),
    tx.get('packs', packIndexKey(id)),
  ])
  const known = indexedNodes(index)
  const nodesById = new Map([...(known ?? []), ...lostOfTail].map((node) => [node.id, node]))
  const isLost = new Set(lostOfTail.map((node) => node.id))
  let isDamaged = false
  for (const [at, pack] of packs.entries()) {
    const first = { born: pack.firstBorn, id: pack.firstId }
    const messages = decoded(pack)
    if (messages === undefined) {
      isDamaged = true
      const next = packs[at + 1]
      const isInside = (node: TreeNode) =>
        next === undefined || comparePlaces(node, { born: next.firstBorn, id: next.firstId }) < 0
      const last =
        (known ?? []).findLast((node) => comparePlaces(node, first) >= 0 && isInside(node)) ?? first
      await tx.put('packs', placeholder(id, first, last, pack))
      if (!nodesById.has(first.id)) nodesById.set(first.id, { ...first, parentId: null, removed: false })
      continue
    }
    const kept = messages.filter((message) => !isLost.has(message.id))
    for (const message of kept) nodesById.set(message.id, nodeOf(message))
    if (kept.length === messages.length) continue
    await tx.delete('packs', [id, pack.firstBorn, pack.firstId])
    for (const rest of encodePacks(id, kept)) await tx.put('packs', rest)
  }
  const isIndexDamaged = known === undefined && (index !== undefined || packs.length > 0)
  if (!isDamaged && !isIndexDamaged && lostOfTail.length === 0) return { isMended: false, isUncounted: false }
  await tx.put('packs', encodePackIndex(id, [...nodesById.values()].sort(comparePlaces)))
  return { isMended: true, isUncounted: isDamaged && isIndexDamaged }
}

function decoded(pack: PackRecord): readonly PackedMessage[] | undefined {
  try {
    return decodePack(pack)
  } catch {
    return undefined // What this is about: the caller sets it aside.
  }
}

/** Undefined: there is no index, or none that can be read. */
function indexedNodes(index: PackRecord | undefined): readonly TreeNode[] | undefined {
  if (index === undefined) return undefined
  try {
    const nodes = decodePackIndex(index)
    const isNode = ({ id, born }: TreeNode) => typeof id === 'string' && Number.isFinite(born)
    return nodes.length === index.count && nodes.every(isNode) ? nodes : undefined
  } catch {
    return undefined // It is made anew from the packs.
  }
}

type Place = { readonly id: string; readonly born: number }

/** Holds the place of what cannot be read: every reader finds a pack without messages. */
function placeholder(conversationId: string, first: Place, last: Place, raw: unknown): PackRecord {
  return {
    conversationId,
    firstBorn: first.born,
    firstId: first.id,
    lastBorn: last.born,
    lastId: last.id,
    count: 0,
    text: '[]',
    setAside: { raw },
  }
}
