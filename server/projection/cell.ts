import { TITLE_LENGTH } from '../../src/domain/conversation.ts'
import { distinctHeads, type Head } from '../../src/domain/merge.ts'
import { isPresent, type MessageValue, messageText, previewOf } from '../../src/domain/message.ts'
import { parseRegister } from '../../src/domain/register.ts'
import { parseMessageValue, toMilliseconds } from './message-value.ts'

/** Place of a register without any value: after everything, so that a page walk from the newest shows it first. */
export const BORN_UNKNOWN = 2 ** 52

/** What the projection keeps of one register. */
export type Cell = {
  readonly messageId: string | null
  readonly born: number
  readonly isShown: boolean
  readonly createdAt: number
  /** 2: a user's message with text; 1: another with text; 0: none. Decides whose text names an unnamed conversation. */
  readonly titleRank: 0 | 1 | 2
  readonly facts: CellFacts
}

export type CellFacts = {
  /** Of a message: what it gives as title and as preview. */
  readonly title?: string
  readonly preview?: string
  /** Of another register: the winner's value, and for `trashed` everything that its heads record. */
  readonly value?: unknown
}

/** The winner of a message register and the place decided by the least `born` of all its heads. */
export function shownMessage(
  register: string,
  heads: readonly Head[],
): { readonly value: MessageValue; readonly born: number } | null {
  const readable: Head<MessageValue>[] = []
  for (const head of heads) {
    const value = parseMessageValue(head.value)
    if (value !== null) readable.push({ ...head, value })
  }
  const [winner] = distinctHeads(register, readable)
  if (winner === undefined) return null
  return { value: winner.value, born: Math.min(...readable.map((head) => head.value.born)) }
}

/** What a register's heads contribute to the view of their conversation. Pure. */
export function cellOf(register: string, heads: readonly Head[]): Cell {
  const parsed = parseRegister(register)
  const empty = {
    messageId: null,
    born: BORN_UNKNOWN,
    isShown: false,
    createdAt: 0,
    titleRank: 0,
    facts: {},
  } as const
  if (parsed.kind === 'trashed') {
    // The winner decides whether it is in the trash; the records of all heads unite.
    return isTruthy(heads[0]?.value) ? { ...empty, facts: { value: heads.map((head) => head.value) } } : empty
  }
  if (parsed.kind !== 'message') {
    const [winner] = distinctHeads(register, heads)
    return winner === undefined ? empty : { ...empty, facts: { value: winner.value } }
  }
  const found = shownMessage(register, heads)
  if (found === null) return { ...empty, messageId: parsed.messageId }
  const { value, born } = found
  if (!isPresent(value)) return { ...empty, messageId: parsed.messageId, born }
  const { message } = value
  const text = messageText(message).trim()
  return {
    messageId: parsed.messageId,
    born,
    isShown: true,
    createdAt: toMilliseconds(value.createdAt),
    titleRank: text === '' ? 0 : message.role === 'user' ? 2 : 1,
    facts: text === '' ? {} : { title: previewOf(text, TITLE_LENGTH), preview: previewOf(text) },
  }
}

/** A flag's value: null, false and nothing are off. */
export function isTruthy(value: unknown): boolean {
  return value !== null && value !== undefined && value !== false
}
