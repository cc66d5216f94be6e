import { DEFAULT_TITLE, titleFromMessages } from '../../src/domain/conversation.ts'
import type { OperationId } from '../../src/domain/ids.ts'
import { jsonEquals } from '../../src/domain/json.ts'
import type { Head } from '../../src/domain/merge.ts'
import {
  type ChatMessage,
  isPresent,
  type MessageValue,
  type Place,
  type PresentMessage,
} from '../../src/domain/message.ts'
import { MAX_CLOCK_STAMP, nextStamp, type SetOperation } from '../../src/domain/operation.ts'
import { messageRegister, tagRegister } from '../../src/domain/register.ts'
import { shownMessage } from '../projection/cell.ts'
import type { PlainBody } from './plain-body.ts'

export type PlainState = {
  /** Heads of the registers that the body may touch. */
  readonly registers: ReadonlyMap<string, { readonly heads: readonly Head[]; readonly isPurged: boolean }>
  /** The title as it is shown, undefined for a new conversation. */
  readonly title: string | undefined
}

export type PlainContext = {
  readonly conversationId: string
  readonly now: number
  readonly newId: () => OperationId
}

/** Registers whose heads `plainToOperations` needs. */
export function registersOfPlain(body: PlainBody): ReadonlySet<string> {
  return new Set([
    'title',
    'archived',
    ...body.messages.map((message) => messageRegister(message.id)),
    ...(body.tags ?? []).map(tagRegister),
  ])
}

/**
 * What a plain upload changes: a message that is not here is appended after the one before it, a changed one overwrites
 * all heads, an unchanged one is skipped, and so is one that was removed or purged. What the body lacks stays as it is.
 */
export function plainToOperations(
  body: PlainBody,
  state: PlainState,
  context: PlainContext,
): readonly SetOperation[] {
  const { conversationId, now, newId } = context
  const operations: SetOperation[] = []
  let previous: (Place & { readonly id: string }) | null = null

  function write(register: string, value: unknown, above: readonly { readonly stamp: number }[] = []) {
    const heads = state.registers.get(register)?.heads ?? []
    const stamp = nextStamp(now, [...heads, ...above])
    operations.push({
      kind: 'set',
      id: newId(),
      conversationId,
      register,
      stamp,
      overwrites: heads.map((head) => head.id),
      value,
    })
  }

  for (const message of new Map(body.messages.map((each) => [each.id, each])).values()) {
    const register = messageRegister(message.id)
    const known = state.registers.get(register)
    const shown = shownMessage(register, known?.heads ?? [])
    if (shown !== null) {
      const { value, born } = shown
      previous = { id: message.id, parentId: value.parentId, born }
      if (!isPresent(value) || jsonEquals(value.message, message)) continue
      write(register, {
        ...value,
        born,
        createdAt: timeOf(message) ?? value.createdAt,
        message,
      } satisfies MessageValue)
      continue
    }
    // Removed stays removed: a copy that did not hear of the purge brings nothing back.
    if (known?.isPurged === true) continue
    const born: number = nextStamp(now, previous === null ? [] : [{ stamp: previous.born }])
    const place: Place = { parentId: previous?.id ?? null, born }
    write(register, presentOf(message, place, now), [{ stamp: born - 1 }])
    previous = { id: message.id, ...place }
  }

  const { title, archived, tags } = body
  const automatic = titleFromMessages(body.messages)
  const isNewTitle = title !== undefined && title !== '' && title !== (state.title ?? DEFAULT_TITLE)
  if (isNewTitle && !(title === automatic && isUnset('title', state))) write('title', title)
  if (archived !== undefined && archived !== isSet('archived', state)) write('archived', archived)
  for (const tag of new Set(tags)) if (!isSet(tagRegister(tag), state)) write(tagRegister(tag), true)
  return operations
}

function presentOf(message: ChatMessage, place: Place, now: number): PresentMessage {
  return { ...place, createdAt: timeOf(message) ?? now, status: 'complete', message }
}

const isUnset = (register: string, state: PlainState) =>
  (state.registers.get(register)?.heads ?? []).length === 0
const isSet = (register: string, state: PlainState) => state.registers.get(register)?.heads[0]?.value === true

/** When a message says that it was written: `timestamp` or `createdAt`, in milliseconds or as a date's text. */
function timeOf(message: ChatMessage): number | undefined {
  for (const given of [message.timestamp, message.createdAt]) {
    const time = typeof given === 'string' ? Date.parse(given) : given
    if (typeof time === 'number' && time >= 0 && time <= MAX_CLOCK_STAMP) return Math.floor(time)
  }
  return undefined
}
