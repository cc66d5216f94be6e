import type { OperationId } from '../domain/ids.ts'
import type { Head } from '../domain/merge.ts'
import type { Operation } from '../domain/operation.ts'
import { createTree, type MessageTree } from '../domain/tree.ts'
import type { ConversationRecord, ListedFacts } from '../ports/records/conversation.ts'
import type { PackedMessage } from '../ports/records/pack.ts'
import type { ReadTransaction } from '../ports/storage.ts'
import { type Lacking, loadLacking } from './lacking.ts'
import type { EntryState } from './load-entry.ts'
import { loadTree } from './load-tree.ts'
import { damagedRecord } from './mending/damage-errors.ts'
import { isSoundConversation } from './mending/sound.ts'
import { getSeen, hasNothingSeen, type SeenState } from './seen.ts'
import type { TreeCache } from './tree-cache.ts'

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

/** The state of a conversation, or of a new one; its tree from the cache if that knows this revision. */
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
