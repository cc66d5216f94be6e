import { ChatkeepError } from '../domain/errors.ts'
import { assertJson, utf8Length } from '../domain/json.ts'
import type { PresentMessage } from '../domain/message.ts'
import type { MessageInput } from '../domain/service/message-commands.ts'
import { MAX_OPERATION_BYTES } from '../domain/wire.ts'
import { LIFT_BYTES } from './inline-files.ts'

/**
 * Refuses, before any transaction opens, what could not be stored or sent: what JSON cannot carry, and messages over 8 MB without
 * their inline files.
 */
export function checkMessages(messages: readonly MessageInput[]): void {
  for (const [index, { message }] of messages.entries()) checkMessage(message, `messages[${index}].message`)
}

/** `place` is what an error calls it. A text of at most so many units holds all of it, where that is known. */
export function checkMessage(
  message: unknown,
  place: string,
  maxUnits: number = Number.POSITIVE_INFINITY,
): void {
  assertJson(message, place)
  if (maxUnits * 3 <= MAX_OPERATION_BYTES) return
  const sizeBytes = sizeOf(message)
  if (sizeBytes <= MAX_OPERATION_BYTES) return
  throw new ChatkeepError(
    'input/too-large',
    `${place} holds ${sizeBytes} bytes without its inline files; at most ${MAX_OPERATION_BYTES} can be kept. ` +
      'Nothing was written; split the message or attach the content as a file.',
    { details: { place, sizeBytes, maxBytes: MAX_OPERATION_BYTES } },
  )
}

/** Bytes of all texts but inline files. */
function sizeOf(value: unknown): number {
  // A text of n units has at most 3n bytes: what is short is not counted exactly.
  if (typeof value === 'string') {
    if (value.length > LIFT_BYTES && value.startsWith('data:')) return 0
    return value.length < 100_000 ? value.length : utf8Length(value)
  }
  if (typeof value !== 'object' || value === null) return 8
  let sizeBytes = 0
  if (Array.isArray(value)) for (const member of value) sizeBytes += sizeOf(member)
  else for (const [key, member] of Object.entries(value)) sizeBytes += key.length + sizeOf(member)
  return sizeBytes
}

/** The envelope around an app's message. */
export function toValue(
  input: MessageInput,
  place: { readonly parentId: string | null; readonly born: number },
  now: number,
): PresentMessage {
  return {
    parentId: place.parentId,
    born: place.born,
    createdAt: input.createdAt ?? now,
    status: input.status ?? 'complete',
    message: input.message,
    ...(input.externalId === undefined ? {} : { externalId: input.externalId }),
    ...(input.model === undefined ? {} : { model: input.model }),
  }
}
