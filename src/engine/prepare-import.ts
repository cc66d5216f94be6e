import { messageText } from '../domain/message.ts'
import type { SetOperation } from '../domain/operation.ts'
import { messageRegister } from '../domain/register.ts'
import type { TreeNode } from '../domain/tree.ts'
import type { PackedMessage, PackRecord } from '../ports/records/pack.ts'
import type { BlobRecord } from '../ports/records.ts'
import { type Author, operationIdsInOrder } from './author.ts'
import { LIFT_BYTES, liftInlineFiles } from './inline-files.ts'
import { toValue } from './message-input.ts'
import { encodePackIndex, nodeOf } from './pack-index.ts'
import { type PackEntry, type PackLimits, packEntries } from './packs.ts'
import { placed, type ReadConversation } from './read-import.ts'

/** A conversation that is not here yet, as it will be stored. */
export type PreparedConversation = {
  /** In order of (born, id). */
  readonly nodes: readonly TreeNode[]
  /** With their index. Each is put together when it is come to: what is written at once and let go is never copied. */
  packs(): Iterable<PackRecord>
  readonly files: readonly BlobRecord[]
  /** The messages that a list shows something of: the first and the last, and those up to the one that gives the name. */
  readonly shown: readonly PackedMessage[]
  /** What a cloud is told of it. Reads the messages once more. */
  operations(): readonly SetOperation[]
}

/**
 * All that takes time, so that it need not be done while a transaction waits for it. Of a message that came as text nothing is kept but the
 * text: what an import holds on to is copied by every collection of garbage.
 */
export function prepareConversation(
  imported: ReadConversation,
  author: Author,
  now: number,
  limits?: PackLimits,
): PreparedConversation {
  const { id: conversationId } = imported
  const nextOperationId = operationIdsInOrder(author, conversationId)
  const nodes: TreeNode[] = []
  const entries: PackEntry[] = []
  const files: BlobRecord[] = []
  const shown: PackedMessage[] = []
  let last: PackedMessage | undefined
  let isNamed = false
  for (const { input, parentId, born } of placed(imported, now)) {
    const operationId = nextOperationId()
    const { id } = input.message
    const { text = JSON.stringify(input.message) } = input
    const lifted = mayHoldFiles(text) ? liftInlineFiles(input.message, author.hashing) : undefined
    const hasFiles = lifted !== undefined && lifted.files.length > 0
    const place = { parentId, born }
    const value = toValue(hasFiles ? { ...input, message: lifted.message } : input, place, now)
    last = { id, born, parentId, heads: [{ id: operationId, stamp: born, overwrites: [], value }] }
    if (hasFiles) {
      files.push(...lifted.files.map(({ blob }) => blob))
      const places = lifted.files.map(({ path, blob }) => ({ operationId, path, hash: blob.hash }))
      last = { ...last, lifted: places }
      entries.push({ id, born, plain: undefined, text: JSON.stringify(last) })
    } else {
      const facts = { ...value, message: { id }, id, operationId, stamp: born, overwrites: [] }
      entries.push({ id, born, plain: facts, text })
    }
    nodes.push(nodeOf(last))
    if (!isNamed) shown.push(last)
    isNamed ||= input.message.role === 'user' && messageText(input.message).trim() !== ''
  }
  if (last !== undefined && isNamed) shown.push(last)
  return {
    nodes,
    *packs() {
      yield* packEntries(conversationId, entries, 'from the end', limits)
      yield encodePackIndex(conversationId, nodes)
    },
    files,
    shown,
    operations: () => operationsOf(imported, author, now),
  }
}

function mayHoldFiles(text: string): boolean {
  return text.length > LIFT_BYTES && text.includes('data:')
}

function operationsOf(imported: ReadConversation, author: Author, now: number): SetOperation[] {
  const { id: conversationId } = imported
  const nextOperationId = operationIdsInOrder(author, conversationId)
  const operations: SetOperation[] = []
  for (const { input, parentId, born } of placed(imported, now)) {
    operations.push({
      kind: 'set',
      id: nextOperationId(),
      conversationId,
      register: messageRegister(input.message.id),
      stamp: born,
      overwrites: [],
      value: toValue(input, { parentId, born }, now),
    })
  }
  return operations
}
