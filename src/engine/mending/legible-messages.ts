import type { TreeNode } from '../../domain/tree.ts'
import type { ConversationRecord } from '../../ports/records/conversation.ts'
import type { PackedMessage } from '../../ports/records/pack.ts'
import type { ReadTransaction } from '../../ports/storage.ts'
import { rangeOf } from '../conversation-range.ts'
import { mergeTail } from '../fold.ts'
import { decodePack } from '../packs.ts'
import { unreadable } from './damage-errors.ts'

export type Legible = {
  /** Oldest first. */
  readonly entries: readonly PackedMessage[]
  readonly hasOlder: boolean
}

/**
 * The newest messages of a branch in a damaged conversation, up to the first that cannot be read; what is older is another page. A page
 * that would begin with one rejects with `storage/corrupt`, whose details tell where what can be read goes on. Who asks for everything gets
 * everything that can be read.
 */
export async function legibleMessages(
  tx: ReadTransaction,
  record: ConversationRecord,
  path: readonly TreeNode[],
  limit: number,
): Promise<Legible> {
  const range = rangeOf(record.id)
  const [packs, tail] = await Promise.all([tx.scan('packs', { range }), tx.scan('messages', { range })])
  const messagesById = new Map(mergeTail(packs.flatMap(decodePack), tail).map((entry) => [entry.id, entry]))
  const entryOf = ({ id }: TreeNode) => messagesById.get(id)
  if (!Number.isFinite(limit)) {
    const entries = path.map(entryOf).filter((entry) => entry !== undefined)
    if (entries.length === 0 && path.length > 0) throw unreadable(record)
    return { entries, hasOlder: false }
  }
  const isMissing = (node: TreeNode) => entryOf(node) === undefined
  const newest = path.at(-1)
  if (newest !== undefined && isMissing(newest)) {
    const at = path.findLastIndex((node) => !isMissing(node))
    const next = path[at + 1]
    throw unreadable(record, at === -1 || next === undefined ? undefined : { id: next.id, born: next.born })
  }
  const from = Math.max(path.findLastIndex(isMissing) + 1, path.length - limit)
  const entries = path
    .slice(from)
    .map(entryOf)
    .filter((entry) => entry !== undefined)
  return { entries, hasOlder: from > 0 }
}
