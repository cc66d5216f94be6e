import type { OperationId } from '../domain/ids.ts'
import type { Head } from '../domain/merge.ts'
import type { MessageValue } from '../domain/message.ts'
import type { Operation } from '../domain/operation.ts'
import { createTree, type MessageTree } from '../domain/tree.ts'
import type { ConversationRecord, ListedFacts } from '../ports/records/conversation.ts'
import type { LiftedFile, MessageRecord } from '../ports/records/message.ts'
import type { PackedMessage, PackRecord } from '../ports/records/pack.ts'
import type { SeenRecord } from '../ports/records/seen.ts'
import type { ReadTransaction } from '../ports/storage.ts'
import { type Lacking, loadLacking } from './lacking.ts'
import { damagedRecord } from './mending/damage-errors.ts'
import { isSoundConversation, isSoundSeen } from './mending/sound.ts'
import { decodePack, decodePackIndex, nodeOf, packIndexKey } from './packs.ts'

/** A message in hand: where its record lies, and whether this transaction changed it. */
export type EntryState = {
  readonly id: string
  born: number
  parentId: string | null
  heads: readonly Head<MessageValue>[]
  lifted: readonly LiftedFile[]
  /** Where it was found; `new` was nowhere. */
  readonly source: 'tail' | 'pack' | 'new'
  readonly sourceBorn: number
  changed: boolean
}

export type SeenState = { stubs: ReadonlyMap<OperationId, readonly OperationId[]>; changed: boolean }

/** Working copy of a conversation inside one transaction; `flush` (in `conversation-flush.ts`) derives and writes it. */
export type ConversationState = {
  readonly id: string
  projectId: string
  readonly before: ConversationRecord | undefined
  /** What the list told of it while its content is not here. */
  absent: ListedFacts | undefined
  /** Heads whose values only the cloud has, by register. */
  readonly lacking: Lacking
  lackingChanged: boolean
  /** Its content is fetched without being asked for. */
  isWanted: boolean
  /** It was listed, and its content is nowhere. */
  isLost: boolean
  /** Records of it were damaged and set aside: see `mending`. */
  damaged: ConversationRecord['damaged']
  readonly tree: MessageTree
  readonly registers: Map<string, readonly Head[]>
  readonly entries: Map<string, EntryState>
  /** Packs that were decoded in this transaction, by their first born and id. */
  readonly decodedPacks: Map<string, readonly PackedMessage[]>
  readonly seen: Map<string, SeenState>
  /** Purge id → the ids it names; loaded with the state, so that no late value of something purged comes back. */
  readonly purges: Map<OperationId, readonly OperationId[]>
  readonly purged: Set<OperationId>
  purgesChanged: boolean
  /** Made here in this transaction, to be queued with it. */
  readonly authored: Operation[]
  /** Ids of everything that was made here in this transaction. */
  readonly made: Set<OperationId>
  /** Records in packs and in the tail, as counted when this transaction ends. */
  packed: number
  tail: number
  /** Hashes of files that a message refers to no longer. */
  readonly droppedFiles: Set<string>
  /** Packed copies that the tail hides have to go when this transaction ends: a purge came, or they are old. */
  hidesPacked: boolean
  changed: boolean
}

/** Trees of conversations that were in hand lately, each with the revision it belongs to. */
export type TreeCache = {
  take(conversationId: string, revision: number): MessageTree | undefined
  keep(record: Pick<ConversationRecord, 'id' | 'revision'>, tree: MessageTree): void
  forget(conversationId: string): void
}

const CACHED_TREES = 64

export function createTreeCache(): TreeCache {
  const treesById = new Map<string, { revision: number; tree: MessageTree }>()
  return {
    take(conversationId, revision) {
      const cached = treesById.get(conversationId)
      treesById.delete(conversationId)
      return cached?.revision === revision ? cached.tree : undefined
    },
    keep({ id, revision }, tree) {
      treesById.delete(id)
      treesById.set(id, { revision, tree })
      const oldest = treesById.keys().next()
      if (treesById.size > CACHED_TREES && !oldest.done) treesById.delete(oldest.value)
    },
    forget: (conversationId) => void treesById.delete(conversationId),
  }
}

export async function loadConversation(
  tx: ReadTransaction,
  id: string,
  projectId: string | undefined,
  trees: TreeCache,
): Promise<ConversationState> {
  const before = await tx.get('conversations', id)
  if (before !== undefined && !isSoundConversation(before)) throw damagedRecord(id)
  const purgesRecord = hasNothingSeen(before) ? undefined : await getSeen(tx, id, 'purges')
  const purges = new Map(
    Object.entries(purgesRecord?.purges ?? {}) as [OperationId, readonly OperationId[]][],
  )
  const lacking = await loadLacking(tx, before)
  const tree =
    before === undefined ? createTree() : (trees.take(id, before.revision) ?? (await loadTree(tx, id)))
  return {
    id,
    projectId: before?.projectId ?? projectId ?? 'default',
    before,
    absent: before?.absent,
    lacking,
    lackingChanged: false,
    isWanted: before?.lacking?.wanted === true,
    isLost: false,
    damaged: before?.damaged,
    tree,
    registers: new Map(Object.entries(before?.registers ?? {})),
    entries: new Map(),
    decodedPacks: new Map(),
    seen: new Map(),
    purges,
    purged: new Set([...purges.values()].flat()),
    purgesChanged: false,
    authored: [],
    made: new Set(),
    packed: before?.packedCount ?? 0,
    tail: before?.tailCount ?? 0,
    droppedFiles: new Set(),
    hidesPacked: false,
    changed: false,
  }
}

/** Nothing is seen of what has no record: it is written with each change, and never deleted. */
const hasNothingSeen = (record: ConversationRecord | undefined): boolean =>
  record === undefined || record.pristine === true

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

/** All keys `[conversationId, …]` of `messages`, or of `packs` without their index. */
export const rangeOf = (conversationId: string) =>
  ({ lower: [conversationId, 0], upper: [conversationId, []] }) as const

/** A message with its heads, from the tail or its pack; undefined when this device has none of it. */
export async function loadEntry(
  tx: ReadTransaction,
  state: ConversationState,
  messageId: string,
): Promise<EntryState | undefined> {
  const inHand = state.entries.get(messageId)
  if (inHand !== undefined) return inHand
  const node = state.tree.get(messageId)
  if (node === undefined) return undefined
  const place = [state.id, node.born, messageId]
  const record = await tx.get('messages', place)
  const found: MessageRecord | PackedMessage | undefined = record ?? (await findPacked(tx, state, node))
  if (found === undefined) return undefined
  const entry: EntryState = {
    id: messageId,
    born: found.born,
    parentId: found.parentId,
    heads: found.heads,
    lifted: found.lifted ?? [],
    source: record === undefined ? 'pack' : 'tail',
    sourceBorn: found.born,
    changed: false,
  }
  state.entries.set(messageId, entry)
  return entry
}

async function findPacked(
  tx: ReadTransaction,
  { id: conversationId, decodedPacks }: ConversationState,
  place: { readonly id: string; readonly born: number },
): Promise<PackedMessage | undefined> {
  const range = { lower: [conversationId, 0], upper: [conversationId, place.born, place.id] }
  const [pack]: PackRecord[] = await tx.scan('packs', { range, direction: 'backward', limit: 1 })
  if (pack === undefined) return undefined
  const key = `${pack.firstBorn} ${pack.firstId}`
  const messages = decodedPacks.get(key) ?? decodePack(pack)
  decodedPacks.set(key, messages)
  return messages.find((message) => message.id === place.id)
}

async function getSeen(tx: ReadTransaction, id: string, register: string): Promise<SeenRecord | undefined> {
  const record = await tx.get('seen', [id, register])
  if (record !== undefined && !isSoundSeen(record)) throw damagedRecord(id)
  return record
}

/** The stubs of all registers, with what this transaction changed. */
export async function loadAllStubs(
  tx: ReadTransaction,
  state: ConversationState,
): Promise<ReadonlyMap<string, SeenState['stubs']>> {
  const records = await tx.scan('seen', { range: { lower: [state.id, ''], upper: [state.id, []] } })
  if (!records.every(isSoundSeen)) throw damagedRecord(state.id)
  const stubsByRegister = new Map(records.map(({ register, stubs }) => [register, toStubs(stubs)]))
  for (const [register, { stubs }] of state.seen) stubsByRegister.set(register, stubs)
  return stubsByRegister
}

const toStubs = (stubs: SeenRecord['stubs'] = {}): SeenState['stubs'] =>
  new Map(Object.entries(stubs) as [OperationId, readonly OperationId[]][])

/** The stubs of a register. */
export async function loadSeen(
  tx: ReadTransaction,
  state: ConversationState,
  register: string,
): Promise<SeenState> {
  const inHand = state.seen.get(register)
  if (inHand !== undefined) return inHand
  const record = hasNothingSeen(state.before) ? undefined : await getSeen(tx, state.id, register)
  const seen: SeenState = { stubs: toStubs(record?.stubs), changed: false }
  state.seen.set(register, seen)
  return seen
}
