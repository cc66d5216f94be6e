import { distinctHeads, type Head } from '../../src/domain/merge.ts'
import { isPresent, type MessageValue, messageText } from '../../src/domain/message.ts'
import { parseRegister } from '../../src/domain/register.ts'
import { parseMessageValue, toMilliseconds } from './message-value.ts'

/** Place of a register without any value: after everything, so that a page walk from the newest shows it first. */
export const BORN_UNKNOWN = 2 ** 52

/** What one register contributes to the view of its conversation. */
export type Cell = {
  readonly messageId: string | null
  readonly born: number
  readonly isShown: boolean
  readonly createdAt: number
  /** 2: a user's message with text; 1: another with text; 0: none. Decides whose text names an unnamed conversation. */
  readonly titleRank: 0 | 1 | 2
  /** A shown message's readable text. */
  readonly text: string
  /** Of another register: the winner's value, and for `trashed` everything that its heads record. Undefined: off. */
  readonly value: unknown
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

const NOTHING: Cell = {
  messageId: null,
  born: BORN_UNKNOWN,
  isShown: false,
  createdAt: 0,
  titleRank: 0,
  text: '',
  value: undefined,
}

/** What a register's heads contribute to the view of their conversation. Pure. */
export function cellOf(register: string, heads: readonly Head[]): Cell {
  const parsed = parseRegister(register)
  if (parsed.kind === 'trashed') {
    // The winner decides whether it is in the trash; the records of all heads unite.
    return isTruthy(heads[0]?.value) ? { ...NOTHING, value: heads.map((head) => head.value) } : NOTHING
  }
  if (parsed.kind !== 'message') {
    const [winner] = distinctHeads(register, heads)
    return winner === undefined ? NOTHING : { ...NOTHING, value: winner.value }
  }
  const { messageId } = parsed
  const found = shownMessage(register, heads)
  if (found === null) return { ...NOTHING, messageId }
  const { value, born } = found
  if (!isPresent(value)) return { ...NOTHING, messageId, born }
  const { message } = value
  const text = messageText(message).trim()
  return {
    messageId,
    born,
    isShown: true,
    createdAt: toMilliseconds(value.createdAt),
    titleRank: text === '' ? 0 : message.role === 'user' ? 2 : 1,
    text,
    value: undefined,
  }
}

/** A flag's value: null, false and nothing are off. */
export function isTruthy(value: unknown): boolean {
  return value !== null && value !== undefined && value !== false
}
