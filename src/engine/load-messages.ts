import { shownValue } from '../domain/merge.ts'
import { comparePlaces, isPresent } from '../domain/message.ts'
import type { PackedPage } from '../domain/packed-page.ts'
import type { LoadQuery, MessagePage } from '../domain/service/message-page.ts'
import type { MessageTree } from '../domain/tree.ts'
import type { ConversationRecord } from '../ports/records/conversation.ts'
import type { DraftRecord } from '../ports/records/draft.ts'
import type { MessageRecord } from '../ports/records/message.ts'
import type { PackedMessage, PackRecord } from '../ports/records/pack.ts'
import type { ReadTransaction } from '../ports/storage.ts'
import { withDrafts } from './growing-answers.ts'
import { type Fetched, type HistoryReader, readHistory } from './history-reader.ts'
import { joinPacks } from './join-packs.ts'
import { loadTree } from './load-tree.ts'
import { type Legible, legibleMessages } from './mending/legible-messages.ts'
import { toStored } from './stored-message.ts'
import type { TreeCache } from './tree-cache.ts'

const DEFAULT_LIMIT = 50

/**
 * A window of one branch. A conversation without branches is read straight from the end, as packed text where nothing in it is special;
 * one with branches through its tree.
 */
export async function readMessages(
  tx: ReadTransaction,
  query: LoadQuery,
  trees: TreeCache,
): Promise<MessagePage | PackedPage> {
  const { conversationId, before } = query
  const limit = query.limit === 0 ? Number.POSITIVE_INFINITY : (query.limit ?? DEFAULT_LIMIT)
  const history = readHistory(tx, conversationId, before, limit)
  const [, record, drafts] = await Promise.all([
    history.prefetch(),
    tx.get('conversations', conversationId),
    tx.scan('drafts', { range: { lower: [conversationId], upper: [conversationId, []] } }),
  ])
  if (record === undefined && drafts.length === 0) {
    return { conversationId, revision: 0, messages: [], leaf: null, older: null }
  }
  const isHere = record?.absent === undefined && record?.damaged === undefined
  if (isHere && record?.linear && drafts.length === 0 && query.leafId === undefined && before === undefined) {
    const page = await packedPage(tx, record, history.fetched(), limit)
    if (page !== undefined) return page
  }
  const linear = record === undefined || (record.linear && query.leafId === undefined)
  const isWhole = record?.damaged === undefined
  const tree = (linear && isWhole) || record === undefined ? undefined : await treeFor(tx, record, trees)
  // The end of the branch may be an answer that still grows: it stands in no tree, but what it answers does.
  const growing =
    tree?.get(query.leafId ?? '') === undefined
      ? drafts.find(({ kind, messageId }) => kind === 'answer' && messageId === query.leafId)
      : undefined
  const leafId = tree === undefined ? null : leafIdOf(tree, record, query, growing)
  const path = tree === undefined ? undefined : pathOf(tree, leafId, before)
  const { entries, hasOlder } =
    isWhole || path === undefined
      ? await readEntries(history, path, limit)
      : await legibleMessages(tx, record, path, limit)
  const choiceStamp = record?.registers.leaf?.[0]?.stamp ?? -1
  const stored = await Promise.all(entries.map((entry) => toStored(tx, entry, tree, choiceStamp)))
  const laidOver = growing === undefined ? drafts : [growing]
  const messages = before === undefined ? withDrafts(stored, laidOver, query.leafId !== undefined) : stored
  const [first] = entries
  const last = messages.at(-1)
  return {
    conversationId,
    revision: record?.revision ?? 0,
    messages,
    leaf:
      before === undefined && last !== undefined
        ? { id: last.id, born: last.born }
        : growing !== undefined
          ? { id: growing.messageId, born: growing.born }
          : leafOf(tree, record, leafId),
    ...(record?.absent === undefined ? {} : { absent: true }),
    ...(record?.damaged === undefined ? {} : { damaged: { messageCount: record.damaged.messageCount } }),
    older: hasOlder && first !== undefined ? { id: first.id, born: first.born } : null,
  }
}

/** The newest messages, or the newest of a branch, oldest first. */
async function readEntries(
  history: HistoryReader,
  path: readonly { readonly id: string }[] | undefined,
  limit: number,
): Promise<Legible> {
  const wanted = path === undefined ? undefined : new Set(path.slice(-(limit + 1)).map((node) => node.id))
  const entries: PackedMessage[] = []
  while (entries.length <= limit && (wanted === undefined || entries.length < wanted.size)) {
    const entry = await history.next()
    if (entry === undefined) break
    if (!isShown(entry)) continue
    if (wanted === undefined || wanted.has(entry.id)) entries.push(entry)
  }
  const hasOlder = entries.length > limit
  if (hasOlder) entries.pop()
  return { entries: entries.reverse(), hasOlder }
}

/** Undefined where a reader has to take the packs apart: for a conflict, a removed message, a lifted file, or one more request. */
async function packedPage(
  tx: ReadTransaction,
  record: ConversationRecord,
  { tail, packs, tailEnded, packsEnded }: Fetched,
  limit: number,
): Promise<PackedPage | undefined> {
  const shown = tail.filter(isShown)
  const packed = packs.reduce((sum, pack) => sum + pack.count, 0)
  const isEnough = packsEnded || shown.length + packed - tail.length > limit
  if (!tailEnded || !isEnough || !packs.every(isPlain)) return undefined
  const stored = await Promise.all(shown.map((entry) => toStored(tx, entry, undefined, 0)))
  return {
    conversationId: record.id,
    revision: record.revision,
    leaf: record.newest,
    packs: joinPacks(packs.map((pack) => pack.text).reverse()),
    tail: stored.reverse(),
    hidden: tail.map(({ id }) => id),
    more: !packsEnded,
  }
}

/** A page takes it apart; whether it can, it says then. */
const isPlain = ({ plain, text }: PackRecord): boolean =>
  plain === true && typeof text === 'string' && text.startsWith('[[') && text.endsWith(']]')

function isShown(entry: PackedMessage | MessageRecord): boolean {
  if ('moved' in entry) return false
  const shown = shownValue(entry.heads)
  if (shown === undefined) throw new TypeError('A stored message has no value.')
  return isPresent(shown)
}

async function treeFor(
  tx: ReadTransaction,
  record: ConversationRecord,
  trees: TreeCache,
): Promise<MessageTree> {
  const cached = trees.take(record.id, record.revision)
  const tree = cached ?? (await loadTree(tx, record.id))
  trees.keep(record, tree)
  return tree
}

/** The end in the tree of the branch that is asked for. */
function leafIdOf(
  tree: MessageTree,
  record: ConversationRecord | undefined,
  query: LoadQuery,
  growing: DraftRecord | undefined,
): string | null {
  if (growing !== undefined) return growing.parentId
  return query.leafId === undefined ? (record?.leafId ?? null) : (tree.newestBelow(query.leafId)?.id ?? null)
}

function pathOf(tree: MessageTree, leafId: string | null, before: LoadQuery['before']) {
  const path = leafId === null ? [] : tree.path(leafId)
  return before === undefined ? path : path.filter((node) => comparePlaces(node, before) < 0)
}

function leafOf(
  tree: MessageTree | undefined,
  record: ConversationRecord | undefined,
  leafId: string | null,
) {
  if (tree === undefined) return record?.newest ?? null
  const node = leafId === null ? undefined : tree.get(leafId)
  return node === undefined ? null : { id: node.id, born: node.born }
}
