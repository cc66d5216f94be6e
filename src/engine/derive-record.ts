import { shelfOf } from '../domain/conversation.ts'
import { isConflict } from '../domain/merge.ts'
import { messageText, previewOf } from '../domain/message.ts'
import { isGone } from '../domain/purge.ts'
import { recordedHeads } from '../domain/trash.ts'
import type { TreeNode } from '../domain/tree.ts'
import type { ConversationRecord } from '../ports/records/conversation.ts'
import type { WriteTransaction } from '../ports/storage.ts'
import { loadAllEntries } from './all-entries.ts'
import type { ConversationState } from './conversation-state.ts'
import { deriveTitle } from './derive-title.ts'
import { lackingHeads } from './lacking.ts'
import { withListedFacts } from './listed.ts'
import { loadPresent } from './load-entry.ts'

/** The record of a conversation as this transaction leaves it: all that a list shows, from its messages and registers. */
export async function deriveRecord(
  tx: WriteTransaction,
  state: ConversationState,
  now: number,
): Promise<ConversationRecord> {
  const { tree, before } = state
  const shown = (node: TreeNode) => !node.removed
  const first = tree.nodes.find(shown)
  const createdAt = await deriveCreatedAt(tx, state, first, now)
  const newestShown = tree.nodes.findLast(shown)
  const newest = await loadPresent(tx, state, newestShown)
  // It is there and cannot be read: the list goes on to show what it showed.
  const isUnreadable = newest === undefined && newestShown !== undefined && before !== undefined
  const flag = (register: string) => state.registers.get(register)?.[0]?.value === true
  const trashed = await isTrashed(tx, state)
  const flags = { archived: flag('archived'), pinned: flag('pinned'), trashed }
  const leafChoice = state.registers.get('leaf')?.[0]?.value
  const tags = [...state.registers]
    .filter(([register, heads]) => register.startsWith('tag:') && heads[0]?.value === true)
    .map(([register]) => register.slice('tag:'.length))
    .sort()
  const { title, titleFrom } = await deriveTitle(tx, state)
  const newestNode = tree.newest()
  const hasOtherHeads = [...state.registers.keys()].some((register) => register !== 'trashed')
  const remains = {
    hasPurges: state.purges.size > 0 || state.isLost || isOnlyGraph(state),
    hasMessages: tree.size > 0 || state.lacking.size > 0,
    hasOtherHeads,
    trashed,
  }
  const record: ConversationRecord = {
    id: state.id,
    projectId: state.projectId,
    shelf: isGone(remains) ? 'gone' : shelfOf(flags),
    ...flags,
    lastMessageAt: newest?.createdAt ?? (isUnreadable ? before.lastMessageAt : createdAt),
    createdAt,
    firstId: first?.id ?? null,
    title,
    titleFrom,
    messageCount: tree.shownCount,
    preview:
      newest !== undefined ? previewOf(messageText(newest.message)) : isUnreadable ? before.preview : '',
    tags,
    revision: (before?.revision ?? 0) + 1,
    registers: Object.fromEntries(state.registers),
    leafId: tree.openLeaf(typeof leafChoice === 'string' ? leafChoice : null)?.id ?? null,
    newest: newestNode === undefined ? null : { id: newestNode.id, born: newestNode.born },
    linear: tree.linear,
    conflicts: deriveConflicts(state),
    packedCount: state.packed,
    tailCount: state.tail,
    ...(isPristine(state) ? { pristine: true } : {}),
    ...lackingOf(state),
    ...(state.damaged === undefined ? {} : { damaged: state.damaged }),
  }
  return state.absent === undefined ? record : withListedFacts(record, state, state.absent)
}

function lackingOf(state: ConversationState): Pick<ConversationRecord, 'lacking'> {
  const count = lackingHeads(state).length
  if (count === 0 && !state.isWanted) return {}
  return { lacking: { count, ...(state.isWanted ? { wanted: true } : {}) } }
}

/** All values were lost with the cloud: whoever keeps what it knew of them lists as little as who never knew it. */
function isOnlyGraph(state: ConversationState): boolean {
  const { tree, registers, lacking } = state
  return tree.size === 0 && registers.size === 0 && lacking.size === 0 && !isPristine(state)
}

function isPristine({ before, purges, seen }: ConversationState): boolean {
  if (before !== undefined && before.pristine !== true) return false
  return purges.size === 0 && [...seen.values()].every(({ stubs }) => stubs.size === 0)
}

/** Time of the first shown message; read again only when another message became the first. */
async function deriveCreatedAt(
  tx: WriteTransaction,
  state: ConversationState,
  first: TreeNode | undefined,
  now: number,
): Promise<number> {
  const { before } = state
  if (first === undefined) return oldestStamp(state) ?? before?.createdAt ?? now
  // What the cloud's list once said of an absent conversation is not derived from anything.
  const isDerived = before?.firstId === first.id && before.absent === undefined
  if (isDerived && state.entries.get(first.id)?.changed !== true) return before.createdAt
  return (await loadPresent(tx, state, first))?.createdAt ?? now
}

/** Where no message is shown: when the oldest of what there is was written, which is the same on every device. */
function oldestStamp({ registers, tree }: ConversationState): number | undefined {
  const stamps = [...registers.values()].flat().map((head) => head.stamp)
  const [oldest] = tree.nodes
  if (oldest !== undefined) stamps.push(oldest.born)
  return stamps.length === 0 ? undefined : Math.min(...stamps)
}

/** In the trash: a record of heads exists, and no message has a head that it does not name. */
async function isTrashed(tx: WriteTransaction, state: ConversationState): Promise<boolean> {
  const heads = state.registers.get('trashed') ?? []
  if (heads.length === 0 || heads[0]?.value === null) return false
  const recorded = recordedHeads(heads)
  const entries = await loadAllEntries(tx, state)
  const isRecorded = lackingHeads(state).every(([id]) => recorded.has(id))
  return isRecorded && entries.every((entry) => entry.heads.every((head) => recorded.has(head.id)))
}

function deriveConflicts(state: ConversationState): readonly string[] {
  const isHere = (register: string) =>
    register.startsWith('message:') && state.tree.get(register.slice('message:'.length)) !== undefined
  const ofMessages = (state.before?.conflicts ?? []).filter(isHere)
  const conflicts = new Set(ofMessages)
  for (const [register, heads] of state.registers) if (isConflict(register, heads)) conflicts.add(register)
  for (const entry of state.entries.values()) {
    if (!entry.changed) continue
    const register = `message:${entry.id}`
    if (isConflict(register, entry.heads)) conflicts.add(register)
    else conflicts.delete(register)
  }
  return [...conflicts].sort()
}
