import { jsonEquals } from '../../../domain/json.ts'
import { isObject } from '../../../domain/json-object.ts'
import {
  type ChatMessage,
  isPresent,
  type MessageValue,
  messageText,
  type PresentMessage,
} from '../../../domain/message.ts'
import { isMessageValue } from '../../../domain/message-value.ts'
import type { ListedMessage } from './document.ts'

/** What belongs to the server, or to the list that a message stands in: a difference there is no edit. */
const NOT_COMPARED = new Set([
  'id',
  'conversationId',
  'sessionId',
  'projectId',
  'timestamp',
  'createdAt',
  'updatedAt',
  'chatkeep',
])

/**
 * A message for a plain server: the app's message verbatim, the requirement's fields where it lacks them, and under `chatkeep` its place in
 * the tree and the rest of our envelope. A server or client that drops that key sees a flat list.
 */
export function toListed(
  messageId: string,
  value: MessageValue,
  conversationId: string,
  role = 'system',
): ListedMessage {
  if (!isPresent(value)) {
    const { parentId, born } = value
    return { id: messageId, role, content: '', chatkeep: { parentId, born, removed: true } }
  }
  const { message, by: _, ...envelope } = value
  const added: Record<string, unknown> = {}
  if (message.conversationId === undefined) added.conversationId = conversationId
  if (message.content === undefined) added.content = messageText(message)
  if (message.timestamp === undefined) added.timestamp = value.createdAt
  const externalId = message.id === messageId ? {} : { externalId: message.id }
  const chatkeep = { ...envelope, ...externalId, added: Object.keys(added) }
  return { ...message, id: messageId, ...added, chatkeep }
}

/** Our envelope of a listed message; null where somebody else wrote it or dropped it. */
export function envelopeOf(listed: ListedMessage): (MessageValue & { readonly added?: unknown }) | null {
  const { chatkeep } = listed
  if (!isObject(chatkeep)) return null
  const value = chatkeep.removed === true ? chatkeep : { ...chatkeep, message: listed }
  return isMessageValue(value) ? value : null
}

/**
 * The app's message in a listed one. `mine`: what this device shows under its id; a client that knows only `content` leaves or drops
 * `parts`, and then what it wrote is put into the shape that the message has.
 */
export function readListed(listed: ListedMessage, mine: ChatMessage | undefined): ChatMessage {
  const envelope = envelopeOf(listed)
  const { chatkeep: _, ...rest } = listed
  const id =
    envelope !== null && isPresent(envelope) ? (envelope.externalId ?? listed.id) : (mine?.id ?? listed.id)
  const hasParts = Array.isArray(listed.parts)
  const added = Array.isArray(envelope?.added) ? envelope.added : []
  const written: Record<string, unknown> = { ...rest, id }
  for (const name of added) if (name !== 'content' || hasParts) delete written[String(name)]
  const said = listed.content
  const shape = hasParts ? (written as ChatMessage) : Array.isArray(mine?.parts) ? mine : undefined
  if (typeof said !== 'string' || shape === undefined || shape.content !== undefined)
    return written as ChatMessage
  // Whoever edits `parts` may leave the `content` that we added as it was.
  if (hasParts && (mine === undefined || said === messageText(mine))) return shape
  return said === messageText(shape) ? shape : withText(shape, said)
}

/** The message with another text in the place of its text parts. */
function withText(message: ChatMessage, text: string): ChatMessage {
  const parts = message.parts as readonly Record<string, unknown>[]
  const first = parts.findIndex(({ type }) => type === 'text')
  const others = (part: Record<string, unknown>, index: number) =>
    index === first ? [{ type: 'text', text }] : part.type === 'text' ? [] : [part]
  return { ...message, parts: [...(first < 0 ? [{ type: 'text', text }] : []), ...parts.flatMap(others)] }
}

/**
 * Whether a listed message shows a value of ours, as far as the server keeps such things: what it dropped or added is no difference, another
 * text or another value of a field is one.
 */
export function showsValue(listed: ListedMessage, value: MessageValue): boolean {
  const envelope = envelopeOf(listed)
  if (!isPresent(value))
    return envelope?.removed === true || (messageText(listed) === '' && !hasContentParts(listed))
  if (envelope?.removed === true) return false
  const shown = readListed(listed, value.message)
  const mine: ChatMessage = value.message
  if (shown.role !== mine.role || messageText(shown) !== messageText(mine)) return false
  if (envelope !== null && !isSameEnvelope(envelope, value)) return false
  return Object.keys(shown).every(
    (key) => NOT_COMPARED.has(key) || mine[key] === undefined || jsonEquals(shown[key], mine[key]),
  )
}

/** Neither a text, nor a part, nor anything in another field. */
export function saysNothing(listed: ListedMessage): boolean {
  return Object.entries(listed).every(
    ([key, value]) => NOT_COMPARED.has(key) || key === 'role' || isNothing(value),
  )
}

function isNothing(value: unknown): boolean {
  if (typeof value === 'object' && value !== null) return Object.keys(value).length === 0
  return value === null || value === undefined || value === ''
}

const hasContentParts = ({ parts }: ListedMessage) => Array.isArray(parts) && parts.length > 0

const isSameEnvelope = (envelope: PresentMessage, { status, model }: PresentMessage): boolean =>
  envelope.status === status && jsonEquals(envelope.model, model)
