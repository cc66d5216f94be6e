import type { OperationId } from '../../../domain/ids.ts'
import { compareHeads, distinctHeads, type Head } from '../../../domain/merge.ts'
import { comparePlaces, type MessageValue } from '../../../domain/message.ts'
import { isMessageValue } from '../../../domain/message-value.ts'
import type { Operation } from '../../../domain/operation.ts'
import { parseRegister } from '../../../domain/register.ts'
import type { ConversationRecord } from '../../../ports/records/conversation.ts'

/** A message as this device has it. */
export type MyMessage = {
  readonly id: string
  readonly register: string
  readonly born: number
  readonly parentId: string | null
  /** What is shown. */
  readonly value: MessageValue
}

/** A conversation as this device has it: everything that a plain server is compared with. */
export type Mine = {
  readonly record: ConversationRecord | undefined
  /** Heads by register, winner first. */
  readonly headsByRegister: ReadonlyMap<string, readonly Head[]>
  /** Shown and removed messages, in order of (born, id). */
  readonly messages: readonly MyMessage[]
  readonly messagesById: ReadonlyMap<string, MyMessage>
  /** Messages of which every value was deleted for ever. */
  readonly purgedIds: ReadonlySet<string>
}

/** `known`: what `Unit.knownOperations` answers. */
export function readMine(record: ConversationRecord | undefined, known: readonly Operation[]): Mine {
  const headsByRegister = new Map<string, Head[]>()
  const purged = new Set<OperationId>()
  const purgedIds = new Set<string>()
  for (const operation of known) {
    if (operation.kind === 'purge') for (const id of operation.names) purged.add(id)
    if (operation.kind !== 'set') continue
    const heads = headsByRegister.get(operation.register) ?? []
    headsByRegister.set(operation.register, [...heads, operation])
  }
  for (const heads of headsByRegister.values()) heads.sort(compareHeads)
  for (const operation of known) {
    if (operation.kind !== 'stub' || !purged.has(operation.id) || headsByRegister.has(operation.register))
      continue
    const parsed = parseRegister(operation.register)
    if (parsed.kind === 'message') purgedIds.add(parsed.messageId)
  }
  const messages: MyMessage[] = []
  for (const [register, heads] of headsByRegister) {
    const parsed = parseRegister(register)
    const readable = heads.filter((head): head is Head<MessageValue> => isMessageValue(head.value))
    const [shown] = distinctHeads(register, readable)
    if (parsed.kind !== 'message' || shown === undefined) continue
    const first = readable.reduce((least, head) => (head.value.born < least.value.born ? head : least))
    const { born, parentId } = first.value
    messages.push({ id: parsed.messageId, register, born, parentId, value: shown.value })
  }
  messages.sort(comparePlaces)
  const messagesById = new Map(messages.map((message) => [message.id, message]))
  return { record, headsByRegister, messages, messagesById, purgedIds }
}

/** The heads that stand for what is shown: all but those that lost against it and wait for a choice. */
export function standingHeads(mine: Mine, register: string): readonly Head[] {
  const heads = mine.headsByRegister.get(register) ?? []
  const losers = new Set(distinctHeads(register, heads).slice(1))
  return heads.filter((head) => !losers.has(head))
}

export const isGone = ({ record }: Mine): boolean => record?.shelf === 'gone'
export const isTrashed = ({ record }: Mine): boolean => record?.trashed === true
