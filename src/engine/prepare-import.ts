import { ChatkeepError } from '../domain/errors.ts'
import { type ChatMessage, isMessage } from '../domain/message.ts'
import { nextStamp, type SetOperation } from '../domain/operation.ts'
import { messageRegister } from '../domain/register.ts'
import type { ImportedConversation, ImportTexts } from '../domain/service.ts'
import type { TreeNode } from '../domain/tree.ts'
import type { BlobRecord, PackedMessage, PackRecord } from '../ports/records.ts'
import { type Author, operationIdsInOrder } from './author.ts'
import { LIFT_BYTES, liftInlineFiles } from './inline-files.ts'
import { toValue } from './message-input.ts'
import { encodePackIndex, encodePacks, nodeOf } from './packs.ts'

/** `text`: the JSON text that a message came as, where it came as one. */
type Readable = ImportedConversation['messages'][number] & { readonly text?: string }
export type ReadConversation = Omit<ImportedConversation, 'messages'> & {
  readonly messages: readonly Readable[]
}

/** A conversation that is not here yet, as it will be stored. */
export type PreparedConversation = {
  readonly messages: readonly PackedMessage[]
  readonly nodes: readonly TreeNode[]
  /** With their index. */
  readonly packs: readonly PackRecord[]
  readonly files: readonly BlobRecord[]
  /** What a cloud is told of it. */
  operations(): readonly SetOperation[]
}

/** Messages out of their texts. Throws `input/invalid`. */
export function readTexts(command: ImportTexts): readonly ReadConversation[] {
  return command.conversations.map((conversation) => ({
    ...conversation,
    messages: conversation.messages.map((imported, index) => ({
      ...imported,
      message: readMessage(imported.text, index, conversation.id),
    })),
  }))
}

function readMessage(text: string, index: number, conversationId: string): ChatMessage {
  let message: unknown
  try {
    message = JSON.parse(text)
  } catch {
    // Said below.
  }
  if (isMessage(message)) return message
  const place = `message ${index} of ${conversationId}`
  const refusal = `What came as ${place} is no message with an id and a role. Nothing was written.`
  throw new ChatkeepError('input/invalid', refusal, { details: { place } })
}

/** Places by order of the list: a parent that is not named is the message before. */
export function* placed(imported: ReadConversation, now: number) {
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
  imported: ReadConversation,
  author: Author,
  now: number,
): PreparedConversation {
  const { id: conversationId } = imported
  const nextOperationId = operationIdsInOrder(author, conversationId)
  const messages: PackedMessage[] = []
  const files: BlobRecord[] = []
  /** As they came, of those that lost files. */
  const wholes = new Map<string, ChatMessage>()
  const textsById = new Map<string, string>()
  for (const { input, parentId, born } of placed(imported, now)) {
    const { message, text } = input
    const { id } = message
    const operationId = nextOperationId()
    const lifted = mayHoldFiles(text) ? liftInlineFiles(message, author.hashing) : undefined
    const hasFiles = lifted !== undefined && lifted.files.length > 0
    const value = toValue(hasFiles ? { ...input, message: lifted.message } : input, { parentId, born }, now)
    const heads = [{ id: operationId, stamp: born, overwrites: [], value }]
    if (!hasFiles) {
      if (text !== undefined) textsById.set(id, text)
      messages.push({ id, born, parentId, heads })
      continue
    }
    wholes.set(id, message)
    files.push(...lifted.files.map(({ blob }) => blob))
    const places = lifted.files.map(({ path, blob }) => ({ operationId, path, hash: blob.hash }))
    messages.push({ id, born, parentId, heads, lifted: places })
  }
  const nodes = messages.map(nodeOf)
  const packs = encodePacks(conversationId, messages, 'from the end', (id) => textsById.get(id))
  packs.push(encodePackIndex(conversationId, nodes))
  return { messages, nodes, packs, files, operations: () => operationsOf(conversationId, messages, wholes) }
}

function mayHoldFiles(text: string | undefined): boolean {
  return text === undefined || (text.length > LIFT_BYTES && text.includes('data:'))
}

function operationsOf(
  conversationId: string,
  messages: readonly PackedMessage[],
  wholes: ReadonlyMap<string, ChatMessage>,
): SetOperation[] {
  return messages.flatMap(({ id: messageId, heads }) => {
    const register = messageRegister(messageId)
    const whole = wholes.get(messageId)
    return heads.map(({ id, stamp, overwrites, value }) => ({
      kind: 'set' as const,
      id,
      conversationId,
      register,
      stamp,
      overwrites,
      value: whole === undefined ? value : { ...value, message: whole },
    }))
  })
}
