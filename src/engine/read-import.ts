import { ChatkeepError } from '../domain/errors.ts'
import { type ChatMessage, isMessage } from '../domain/message.ts'
import { nextStamp } from '../domain/operation.ts'
import type { ImportedConversation, TextConversation } from '../domain/service/import.ts'
import { splitRuns } from '../domain/text-run.ts'
import { checkMessage } from './message-input.ts'

/** `text`: the JSON text that a message came as, where it came as one. */
type Readable = ImportedConversation['messages'][number] & { readonly text?: string }

/** A conversation whose messages are read one by one, perhaps more than once. */
export type ReadConversation = Omit<ImportedConversation, 'messages'> & {
  readonly messages: Iterable<Readable>
}

/**
 * Reads each message out of its text when it is come to, so that no more than one of them is in memory. Reading throws `input/invalid` and
 * `input/too-large`.
 */
export function readTexts({ runs, beside, ...rest }: TextConversation): ReadConversation {
  return {
    ...rest,
    messages: {
      *[Symbol.iterator]() {
        let index = 0
        try {
          for (const text of splitRuns(runs)) {
            const message = readMessage(text, index, rest.id)
            yield { ...beside?.[index], message, text }
            index++
          }
        } catch (cause) {
          throw cause instanceof RangeError ? unfitting(rest.id, cause) : cause
        }
        if (beside !== undefined && beside.length !== index) throw unfitting(rest.id)
      },
    },
  }
}

function readMessage(text: string, index: number, conversationId: string): ChatMessage {
  let message: unknown
  try {
    message = JSON.parse(text)
  } catch {
    // Said below.
  }
  const place = `message ${index} of ${conversationId}`
  if (isMessage(message)) {
    checkMessage(message, place, text.length)
    return message
  }
  const refusal = `What came as ${place} is no message with an id and a role. Nothing was written.`
  throw new ChatkeepError('input/invalid', refusal, { details: { place } })
}

function unfitting(conversationId: string, cause?: unknown): ChatkeepError {
  const refusal = `The texts of ${conversationId} are not as long as was said. Nothing was written.`
  return new ChatkeepError('input/invalid', refusal, { details: { conversationId }, cause })
}

/** Places by order of the list: a parent that is not named is the message before. Throws `input/invalid` for a list that is no tree. */
export function* placed(imported: ReadConversation, now: number) {
  const bornById = new Map<string, number>()
  let born = nextStamp(now, []) - 1
  let previous: string | null = null
  for (const input of imported.messages) {
    const { id } = input.message
    const parentId: string | null = input.parentId === undefined ? previous : input.parentId
    if (bornById.has(id)) throw noTree(imported.id, id, `the id ${id} twice`)
    const parentBorn = parentId === null ? -1 : bornById.get(parentId)
    if (parentBorn === undefined) throw noTree(imported.id, id, `${id} before its parent ${parentId}`)
    born = Math.max(born, parentBorn) + 1
    bornById.set(id, born)
    previous = id
    yield { input, parentId, born }
  }
}

function noTree(conversationId: string, messageId: string, problem: string): ChatkeepError {
  return new ChatkeepError(
    'input/invalid',
    `The imported conversation ${conversationId} lists ${problem}. Nothing was written; list each message once, parents first.`,
    { details: { conversationId, messageId } },
  )
}
