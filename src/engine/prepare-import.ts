import { ChatkeepError } from '../domain/errors.ts'
import { type ChatMessage, comparePlaces, isMessage } from '../domain/message.ts'
import { nextStamp, type SetOperation } from '../domain/operation.ts'
import { messageRegister } from '../domain/register.ts'
import type { ImportedConversation, ImportTexts } from '../domain/service.ts'
import type { BlobRecord, PackedMessage, PackRecord } from '../ports/records.ts'
import { type Author, operationIdsFor } from './author.ts'
import { LIFT_BYTES, liftInlineFiles } from './inline-files.ts'
import { toValue } from './message-input.ts'
import { encodeHistory } from './packs.ts'

/** The JSON text that a message came as, where it came as one. */
export type TextOf = (message: ChatMessage) => string | undefined

/** A conversation that is not here yet, as it will be stored. */
export type PreparedConversation = {
  readonly messages: readonly PackedMessage[]
  /** With their index. */
  readonly packs: readonly PackRecord[]
  readonly files: readonly BlobRecord[]
  readonly operations: readonly SetOperation[]
}

/** Messages out of their texts. Throws `input/invalid`. */
export function readTexts(command: ImportTexts): {
  readonly conversations: readonly ImportedConversation[]
  readonly textOf: TextOf
} {
  const texts = new Map<ChatMessage, string>()
  const conversations = command.conversations.map(({ messages, ...conversation }) => ({
    ...conversation,
    messages: messages.map(({ text, ...beside }, index) => {
      const message = readMessage(text, `message ${index} of ${conversation.id}`)
      texts.set(message, text)
      return { ...beside, message }
    }),
  }))
  return { conversations, textOf: (message) => texts.get(message) }
}

function readMessage(text: string, place: string): ChatMessage {
  let message: unknown
  try {
    message = JSON.parse(text)
  } catch {
    // Said below.
  }
  if (isMessage(message)) return message
  const refusal = `What came as ${place} is no message with an id and a role. Nothing was written.`
  throw new ChatkeepError('input/invalid', refusal, { details: { place } })
}

/** Places by order of the list: a parent that is not named is the message before. */
export function* placed(imported: ImportedConversation, now: number) {
  const bornById = new Map<string, number>()
  let born = nextStamp(now, []) - 1
  let previous: string | null = null
  for (const input of imported.messages) {
    const parentId: string | null = input.parentId === undefined ? previous : input.parentId
    const parentBorn = parentId === null ? -1 : (bornById.get(parentId) ?? -1)
    born = Math.max(born, parentBorn) + 1
    bornById.set(input.message.id, born)
    previous = input.message.id
    yield { input, parentId, born }
  }
}

/** All that takes time, so that it need not be done while a transaction waits for it. */
export function prepareConversation(
  imported: ImportedConversation,
  author: Author,
  now: number,
  textOf: TextOf,
): PreparedConversation {
  const { id: conversationId } = imported
  const operationIdOf = operationIdsFor(author, conversationId)
  const messages: PackedMessage[] = []
  const files: BlobRecord[] = []
  const operations: SetOperation[] = []
  const textsById = new Map<string, string>()
  for (const { input, parentId, born } of placed(imported, now)) {
    const { id } = input.message
    const register = messageRegister(id)
    const operationId = operationIdOf(register)
    const text = textOf(input.message)
    const lifted = mayHoldFiles(text) ? liftInlineFiles(input.message, author.hashing) : undefined
    const value = toValue({ ...input, message: lifted?.message ?? input.message }, { parentId, born }, now)
    const head = { id: operationId, stamp: born, overwrites: [], value }
    if (lifted === undefined || lifted.files.length === 0) {
      if (text !== undefined) textsById.set(id, text)
      messages.push({ id, born, parentId, heads: [head] })
    } else {
      files.push(...lifted.files.map(({ blob }) => blob))
      const places = lifted.files.map(({ path, blob }) => ({ operationId, path, hash: blob.hash }))
      messages.push({ id, born, parentId, heads: [head], lifted: places })
    }
    operations.push({
      kind: 'set',
      id: operationId,
      conversationId,
      register,
      stamp: born,
      overwrites: [],
      value: value.message === input.message ? value : { ...value, message: input.message },
    })
  }
  messages.sort(comparePlaces)
  const packs = encodeHistory(conversationId, messages, (id) => textsById.get(id))
  return { messages, packs, files, operations }
}

function mayHoldFiles(text: string | undefined): boolean {
  return text === undefined || (text.length > LIFT_BYTES && text.includes('data:'))
}
