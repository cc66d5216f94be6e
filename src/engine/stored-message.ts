import { distinctHeads } from '../domain/merge.ts'
import { isPresent, type MessageValue } from '../domain/message.ts'
import type { StoredMessage } from '../domain/service/message-page.ts'
import type { MessageTree, TreeNode } from '../domain/tree.ts'
import type { PackedMessage } from '../ports/records/pack.ts'
import type { ReadTransaction } from '../ports/storage.ts'
import { wholeHeads } from './known-operations.ts'

/** A message as a reader gets it. Without a tree it has no siblings. */
export async function toStored(
  tx: ReadTransaction,
  entry: PackedMessage,
  tree: MessageTree | undefined,
  choiceStamp: number,
): Promise<StoredMessage> {
  const heads = entry.lifted === undefined ? entry.heads : await wholeHeads(tx, entry)
  const register = `message:${entry.id}`
  const [winner, ...losers] = heads.length === 1 ? heads : distinctHeads<MessageValue>(register, heads)
  const value = winner?.value
  if (value === undefined || !isPresent(value)) throw new Error('a message without a value was asked for')
  const siblings = tree?.siblings(entry.id) ?? []
  const apart = branchesMadeApart(siblings, entry, choiceStamp)
  const others = losers.flatMap((head) => (isPresent(head.value) ? [head.value.message] : []))
  const { message, createdAt, status, externalId, model } = value
  return {
    id: entry.id,
    message,
    parentId: entry.parentId,
    born: entry.born,
    createdAt,
    status,
    ...(externalId === undefined ? {} : { externalId }),
    ...(model === undefined ? {} : { model }),
    ...(siblings.length > 1 ? { siblings: siblings.map((node) => node.id) } : {}),
    ...(others.length > 0 ? { others } : {}),
    ...(apart.length > 0 ? { apart } : {}),
  }
}

/**
 * Branches that a person was not told of. Whoever branches on purpose writes the choice of a leaf with it, newer than all messages they
 * had; so where the newer of two siblings is younger than the newest choice, two devices went on apart and nobody has chosen since.
 */
function branchesMadeApart(
  siblings: readonly TreeNode[],
  shown: { readonly id: string; readonly born: number },
  choiceStamp: number,
): readonly string[] {
  const apart = siblings.filter(
    (node) => node.id !== shown.id && Math.max(node.born, shown.born) > choiceStamp,
  )
  return apart.map((node) => node.id)
}
