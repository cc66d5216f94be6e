import * as v from 'valibot'
import { assertJson } from '../../../domain/json.ts'
import { isObject } from '../../../domain/json-object.ts'
import { type ChatMessage, isMessage } from '../../../domain/message.ts'
import { idSchema } from '../../../domain/wire.ts'

/** A message as a plain server lists it: what its writer made of it, and in `chatkeep` what a list has no place for. */
export type ListedMessage = ChatMessage & { readonly chatkeep?: unknown }

/** A conversation as a plain server holds it. */
export type PlainDocument = {
  /** False: the server has none; then all below is empty. */
  readonly isPresent: boolean
  /** What `If-Match` may name; null where the server gave nothing, or only a weak validator. */
  readonly etag: string | null
  /** What `If-None-Match` may name: as it came, weak or not. */
  readonly validator: string | null
  /** All but the messages, as they came. */
  readonly fields: Readonly<Record<string, unknown>>
  /** The messages in order, as they came, whatever they are. */
  readonly entries: readonly unknown[]
  /** Those of them that can be kept here, in order; of several with one id the last. */
  readonly messagesById: ReadonlyMap<string, ListedMessage>
}

export const ABSENT: PlainDocument = {
  isPresent: false,
  etag: null,
  validator: null,
  fields: {},
  entries: [],
  messagesById: new Map(),
}

const pageEntries = { next: v.optional(v.nullable(v.string())) }

/** `GET /conversations/{id}`: the conversation with its messages, or both beside each other as our own server answers. */
export const documentSchema = v.union([
  v.looseObject({ ...pageEntries, conversation: v.looseObject({}), messages: v.array(v.unknown()) }),
  v.looseObject({ ...pageEntries, conversation: v.looseObject({ messages: v.array(v.unknown()) }) }),
  v.looseObject({ ...pageEntries, messages: v.array(v.unknown()) }),
])
type DocumentAnswer = v.InferOutput<typeof documentSchema>

const listedSchema = v.looseObject({ id: idSchema })
/** `GET /conversations?projectId=…`: the conversations, alone or in an object that may have a next page. */
export const plainListSchema = v.union([
  v.array(listedSchema),
  v.looseObject({ ...pageEntries, conversations: v.array(listedSchema) }),
])
export type ListEntry = v.InferOutput<typeof listedSchema>

export function entriesOf(answer: DocumentAnswer): readonly unknown[] {
  const { messages, conversation } = answer as {
    messages?: unknown[]
    conversation?: { messages?: unknown[] }
  }
  return messages ?? conversation?.messages ?? []
}

/** `entries`: of all pages. */
export function readDocument(
  answer: DocumentAnswer,
  entries: readonly unknown[],
  etag: string | null,
): PlainDocument {
  const { conversation, messages: _, next: __, ...flat } = answer as Record<string, unknown>
  const { messages: ___, ...fields } = isObject(conversation) ? conversation : flat
  const messagesById = new Map<string, ListedMessage>()
  for (const entry of entries) if (isListed(entry)) messagesById.set(entry.id, entry)
  // A weak validator never matches (RFC 9110, 8.8.1), and some frameworks add one that they do not look at.
  const strong = etag === null || etag.startsWith('W/') ? null : etag
  return { isPresent: true, etag: strong, validator: etag, fields, entries, messagesById }
}

/** Whether what a server calls a message can be kept: others stay on the server as they are. */
function isListed(entry: unknown): entry is ListedMessage {
  if (!isMessage(entry)) return false
  try {
    assertJson(entry, 'message')
    return entry.role.length > 0 && entry.role.length <= 100
  } catch {
    return false // Nested too deeply: kept there, not here.
  }
}
