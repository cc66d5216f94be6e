import { type Head, shownValue } from '../domain/merge.ts'
import { isPresent, type MessageValue, type PresentMessage } from '../domain/message.ts'
import type { TreeNode } from '../domain/tree.ts'
import type { LiftedFile, MessageRecord } from '../ports/records/message.ts'
import type { PackedMessage, PackRecord } from '../ports/records/pack.ts'
import type { ReadTransaction } from '../ports/storage.ts'
import type { ConversationState } from './conversation-state.ts'
import { decodePack } from './packs.ts'

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

/** The message that is shown at a place of the tree; undefined when it was removed or cannot be read. */
export async function loadPresent(
  tx: ReadTransaction,
  state: ConversationState,
  node: TreeNode | undefined,
): Promise<PresentMessage | undefined> {
  if (node === undefined) return undefined
  const entry = await loadEntry(tx, state, node.id)
  const value = entry === undefined ? undefined : shownValue(entry.heads)
  return value !== undefined && isPresent(value) ? value : undefined
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
