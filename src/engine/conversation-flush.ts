import { DEFAULT_TITLE, shelfOf } from '../domain/conversation.ts'
import { isConflict, shownValue } from '../domain/merge.ts'
import { comparePlaces, isPresent, messageText, type PresentMessage, previewOf } from '../domain/message.ts'
import { isGone } from '../domain/purge.ts'
import type { ListedConversation } from '../domain/service/conversation-list.ts'
import { titleText } from '../domain/title.ts'
import { recordedHeads } from '../domain/trash.ts'
import type { TreeNode } from '../domain/tree.ts'
import type { ConversationRecord } from '../ports/records/conversation.ts'
import type { WriteTransaction } from '../ports/storage.ts'
import { loadAllEntries } from './all-entries.ts'
import { noteDroppedFiles } from './blobs.ts'
import { type ConversationState, type EntryState, loadEntry } from './conversation-state.ts'
import { lackingHeads, writeLacking } from './lacking.ts'
import { withListedFacts } from './listed.ts'
import { settleDamage } from './mending/damage.ts'
import { decodePackIndex, packIndexKey } from './packs.ts'
import { scrubPacks } from './scrub.ts'

/** Derives what a list shows and writes everything of a conversation that this transaction changed. */
export async function flushConversation(
  tx: WriteTransaction,
  state: ConversationState,
  now: number,
): Promise<ConversationRecord | undefined> {
  if (!state.changed) return undefined
  if (state.damaged?.settled === true && [...state.entries.values()].some(isNew))
    await settleDamage(tx, state, { isAsked: true })
  await writeEntries(tx, state)
  if (state.hidesPacked && state.packed > 0) await scrubPacks(tx, state)
  const requests: Promise<unknown>[] = []
  for (const [register, seen] of state.seen) {
    if (!seen.changed || register === 'purges') continue
    requests.push(
      tx.put('seen', { conversationId: state.id, register, stubs: Object.fromEntries(seen.stubs) }),
    )
  }
  if (state.purgesChanged) {
    const purges = Object.fromEntries(state.purges)
    requests.push(tx.put('seen', { conversationId: state.id, register: 'purges', stubs: {}, purges }))
  }
  await writeLacking(tx, state)
  const record = await derive(tx, state, now)
  requests.push(tx.put('conversations', record))
  requests.push(noteDroppedFiles(tx, state.droppedFiles, `${state.id} ${record.revision}`))
  await Promise.all(requests)
  return record
}

/** Somebody else had what was missing. */
const isNew = ({ changed, source }: EntryState): boolean => changed && source === 'new'

async function writeEntries(tx: WriteTransaction, state: ConversationState): Promise<void> {
  const changed = [...state.entries.values()].filter((entry) => entry.changed)
  const hasMoved = ({ source, heads, born, sourceBorn }: EntryState) =>
    source !== 'new' && (heads.length === 0 || born !== sourceBorn)
  const isFromTail = changed.some((entry) => entry.source === 'tail' && hasMoved(entry))
  const packed = isFromTail && state.packed > 0 ? await tx.get('packs', packIndexKey(state.id)) : undefined
  const packedBornById = new Map(decodePackIndex(packed).map(({ id, born }) => [id, born]))
  const requests: Promise<unknown>[] = []
  for (const entry of changed) {
    const moved = hasMoved(entry)
    // An edit of a packed message lay over its packed copy, which has to stay hidden where the edit is no more.
    const hidesPacked = entry.source === 'pack' || packedBornById.get(entry.id) === entry.sourceBorn
    if (moved && hidesPacked) {
      const { sourceBorn: born, id, parentId } = entry
      requests.push(
        tx.put('messages', { conversationId: state.id, born, id, parentId, heads: [], moved: true }),
      )
      if (entry.source === 'pack') state.tail++
    } else if (moved) {
      requests.push(tx.delete('messages', [state.id, entry.sourceBorn, entry.id]))
      state.tail--
    }
    if (entry.heads.length === 0) continue
    if (entry.source !== 'tail' || moved) state.tail++
    const { id, born, parentId, heads, lifted } = entry
    requests.push(
      tx.put('messages', {
        conversationId: state.id,
        born,
        id,
        parentId,
        heads,
        ...(lifted.length > 0 ? { lifted } : {}),
      }),
    )
  }
  await Promise.all(requests)
}

async function derive(
  tx: WriteTransaction,
  state: ConversationState,
  now: number,
): Promise<ConversationRecord> {
  const { tree, before } = state
  const shown = (node: TreeNode) => !node.removed
  const first = tree.nodes.find(shown)
  const createdAt = await deriveCreatedAt(tx, state, first, now)
  const newestShown = tree.nodes.findLast(shown)
  const newest = await presentMessage(tx, state, newestShown)
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

async function presentMessage(
  tx: WriteTransaction,
  state: ConversationState,
  node: TreeNode | undefined,
): Promise<PresentMessage | undefined> {
  if (node === undefined) return undefined
  const entry = await loadEntry(tx, state, node.id)
  const value = entry === undefined ? undefined : shownValue(entry.heads)
  return value !== undefined && isPresent(value) ? value : undefined
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
  return (await presentMessage(tx, state, first))?.createdAt ?? now
}

/** Where no message is shown: when the oldest of what there is was written, which is the same on every device. */
function oldestStamp({ registers, tree }: ConversationState): number | undefined {
  const stamps = [...registers.values()].flat().map((head) => head.stamp)
  const [oldest] = tree.nodes
  if (oldest !== undefined) stamps.push(oldest.born)
  return stamps.length === 0 ? undefined : Math.min(...stamps)
}

/**
 * A name given by a person, else the first user message with text, else the first message with text. The message it came from is
 * remembered, so that an append reads no history.
 */
async function deriveTitle(
  tx: WriteTransaction,
  state: ConversationState,
): Promise<Pick<ConversationRecord, 'title' | 'titleFrom'>> {
  const titleFrom = await deriveTitleFrom(tx, state)
  const given = titleText(state.registers.get('title')?.[0]?.value)
  const title = given !== undefined && given.trim() !== '' ? given : (titleFrom?.title ?? DEFAULT_TITLE)
  return { title, titleFrom }
}

async function deriveTitleFrom(
  tx: WriteTransaction,
  state: ConversationState,
): Promise<ConversationRecord['titleFrom']> {
  const before = state.before?.titleFrom ?? null
  const touched = [...state.entries.values()].filter((entry) => entry.changed).sort(comparePlaces)
  const reached = (entry: EntryState) =>
    before !== null && (entry.id === before.id || comparePlaces(entry, before) < 0)
  // The message that gave the name is not here any more: it was freed.
  const isFreed = before !== null && state.tree.get(before.id) === undefined
  if (isFreed || touched.some(reached) || (state.before === undefined && touched.length === 0)) {
    return firstTitle(state.tree.nodes, (node) => presentMessage(tx, state, node))
  }
  if (before?.role === 'user') return before
  const found = await firstTitle(touched, async ({ heads }) => {
    const shown = shownValue(heads)
    return shown !== undefined && isPresent(shown) ? shown : undefined
  })
  return before === null || found?.role === 'user' ? found : before
}

async function firstTitle<Source extends { readonly id: string; readonly born: number }>(
  sources: Iterable<Source>,
  read: (source: Source) => Promise<PresentMessage | undefined>,
): Promise<ConversationRecord['titleFrom']> {
  let fallback: ConversationRecord['titleFrom'] = null
  for (const source of sources) {
    const value = await read(source)
    if (value === undefined || messageText(value.message).trim() === '') continue
    const title = previewOf(messageText(value.message), 60)
    const found = { id: source.id, born: source.born, role: value.message.role, title }
    if (found.role === 'user') return found
    fallback ??= found
  }
  return fallback
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

/** What a list shows, from the record. */
export function recordToMetadata(record: ConversationRecord): ListedConversation {
  return {
    id: record.id,
    projectId: record.projectId,
    title: record.title,
    messageCount: record.messageCount,
    ...(record.preview === '' ? {} : { lastMessage: record.preview }),
    createdAt: record.createdAt,
    updatedAt: record.lastMessageAt,
    archived: record.archived,
    pinned: record.pinned,
    trashed: record.trashed,
    tags: record.tags,
    revision: record.revision,
    ...(record.absent === undefined ? {} : { absent: true }),
    ...(record.damaged === undefined ? {} : { damaged: { messageCount: record.damaged.messageCount } }),
  }
}
