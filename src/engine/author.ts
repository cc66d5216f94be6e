import type { Authorship } from '../domain/authorship.ts'
import { BASE64URL_DIGITS } from '../domain/base64url.ts'
import type { MutationId, OperationId } from '../domain/ids.ts'
import { jsonEquals } from '../domain/json.ts'
import type { Head } from '../domain/merge.ts'
import type { MessageValue } from '../domain/message.ts'
import { MAX_STAMP, nextStamp, type SetOperation } from '../domain/operation.ts'
import { messageRegister } from '../domain/register.ts'
import { titleText } from '../domain/title.ts'
import type { Clock } from '../ports/clock.ts'
import type { Hashing } from '../ports/random.ts'
import type { WriteTransaction } from '../ports/storage.ts'
import { applyOperation } from './apply.ts'
import type { ConversationState } from './conversation-state.ts'
import { loadEntry } from './load-entry.ts'
import { loadSeen } from './seen.ts'

/** What writing an operation needs to know of the writer. */
export type Author = {
  readonly mutationId: MutationId
  readonly incarnation: string
  readonly clock: Clock
  readonly hashing: Hashing
  /** Who writes, as noted in versions that have to be told apart. */
  readonly device: Omit<Authorship, 'at'>
}

/** 128 bits that follow from the act, the store and the register: the same act repeated makes the same operation. */
function operationIdFor(author: Author, conversationId: string, register: string): OperationId {
  const { hashing, mutationId, incarnation } = author
  return hashing.hash(JSON.stringify([mutationId, incarnation, conversationId, register])) as OperationId
}

/**
 * For an act that makes thousands of operations in a conversation: 128 bits that follow from the act and the store, 24 of them counted on
 * from there. At most 16 million.
 */
export function operationIdsInOrder(
  { hashing, mutationId, incarnation }: Author,
  conversationId: string,
): () => OperationId {
  const root = hashing.hash(JSON.stringify([mutationId, incarnation, conversationId, 'in order']))
  const [before, after] = [root.slice(0, 17), root.slice(21)]
  let count = [...root.slice(17, 21)].reduce((sum, digit) => sum * 64 + BASE64URL_DIGITS.indexOf(digit), 0)
  return () => {
    const digits = [18, 12, 6, 0].map((shift) => BASE64URL_DIGITS[(count >> shift) & 63]).join('')
    count = (count + 1) & 0xffffff
    return `${before}${digits}${after}` as OperationId
  }
}

/** The heads that a writer has in front of them. */
export async function headsOf(
  tx: WriteTransaction,
  state: ConversationState,
  register: string,
): Promise<readonly Head[]> {
  if (register.startsWith('message:')) {
    const entry = await loadEntry(tx, state, register.slice('message:'.length))
    return entry?.heads ?? []
  }
  return state.registers.get(register) ?? []
}

/** Writes a register that is no message. Writing the value it shows already, without a conflict, writes nothing. */
export async function writeRegister(
  tx: WriteTransaction,
  state: ConversationState,
  author: Author,
  register: string,
  value: unknown,
): Promise<void> {
  const heads = await headsOf(tx, state, register)
  const shown = heads[0]?.value ?? null
  if (heads.length < 2 && jsonEquals(register === 'title' ? (titleText(shown) ?? shown) : shown, value))
    return
  await writeOver(tx, state, author, register, value, heads)
}

/** Writes a register that is no message over some of its heads: a conflict is settled as far as the writer saw it. */
export async function writeOver(
  tx: WriteTransaction,
  state: ConversationState,
  author: Author,
  register: string,
  value: unknown,
  heads: readonly Head[],
): Promise<void> {
  // A choice of a branch is newer than every message that was there to choose from: see `branchesMadeApart`.
  const atLeast = register === 'leaf' ? Math.min(MAX_STAMP, state.tree.newest()?.born ?? 0) : 0
  const stamp = Math.max(atLeast, nextStamp(author.clock.now(), heads))
  const written =
    register === 'title' ? { title: value, by: { ...author.device, at: author.clock.now() } } : value
  await write(tx, state, author, register, written, heads, stamp)
}

/** Writes a message register over the heads that the writer saw; `stamp` at least, so that a new message is stamped as born. */
export async function writeMessage(
  tx: WriteTransaction,
  state: ConversationState,
  author: Author,
  messageId: string,
  value: MessageValue,
  options: { readonly atLeast?: number; readonly over?: readonly Head[] } = {},
): Promise<void> {
  const register = messageRegister(messageId)
  const heads = options.over ?? (await headsOf(tx, state, register))
  const stamp = Math.max(options.atLeast ?? 0, nextStamp(author.clock.now(), heads))
  // The first version of a message says nothing of its writer: there is nothing to tell it apart from.
  const isFirst = options.over === undefined && heads.length === 0
  const written = isFirst ? value : { ...value, by: { ...author.device, at: author.clock.now() } }
  await write(tx, state, author, register, written, heads, stamp)
}

async function write(
  tx: WriteTransaction,
  state: ConversationState,
  author: Author,
  register: string,
  value: unknown,
  heads: readonly Head[],
  stamp: number,
): Promise<void> {
  let id = operationIdFor(author, state.id, register)
  // One act may write a register twice: then the second operation has an id of its own.
  while (state.made.has(id)) id = author.hashing.hash(`again ${id}`) as OperationId
  const { stubs } = await loadSeen(tx, state, register)
  // The act was done before, longer ago than its result is remembered: repeating it undoes nothing that came after it.
  if (stubs.has(id) || heads.some((head) => head.id === id)) return
  state.made.add(id)
  const operation: SetOperation = {
    kind: 'set',
    id,
    conversationId: state.id,
    register,
    stamp,
    overwrites: heads.map((head) => head.id),
    value,
  }
  await applyOperation(tx, state, operation, author.hashing)
  state.authored.push(operation)
}
