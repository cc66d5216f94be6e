import { ChatkeepError } from '../domain/errors.ts'
import { assertJson, utf8Length } from '../domain/json.ts'
import type { PresentMessage } from '../domain/message.ts'
import type { MessageInput } from '../domain/service.ts'
import { MAX_OPERATION_BYTES } from '../domain/wire.ts'
import { LIFT_BYTES } from './inline-files.ts'

/**
 * Refuses, before any transaction opens, what could not be stored or sent: what JSON cannot carry, and messages over 8 MB without
 * their inline files.
 */
export function checkMessages(messages: readonly MessageInput[]): void {
  for (const [index, { message }] of messages.entries()) {
    assertJson(message, `messages[${index}].message`)
    let sizeBytes = 0
    JSON.stringify(message, (_key, value: unknown) => {
      if (typeof value !== 'string') return value
      const inline = value.length > LIFT_BYTES && value.startsWith('data:')
      // Cheap bound first: a text of n units has at most 3n bytes.
      sizeBytes += inline ? 0 : value.length < 1_000 ? value.length : utf8Length(value)
      return inline ? '' : value
    })
    if (sizeBytes > MAX_OPERATION_BYTES) {
      throw new ChatkeepError(
        'input/too-large',
        `messages[${index}] holds ${sizeBytes} bytes without its inline files; at most ${MAX_OPERATION_BYTES} can be kept. ` +
          'Nothing was written; split the message or attach the content as a file.',
        { details: { index, sizeBytes, maxBytes: MAX_OPERATION_BYTES } },
      )
    }
  }
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
