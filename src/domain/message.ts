import type { Authorship } from './authorship.ts'
import { isId } from './ids.ts'
import { jsonEquals } from './json.ts'
import type { Place } from './place.ts'

export { comparePlaces, type Place } from './place.ts'

/**
 * A chat message as the app made it: AI SDK's `UIMessage` (id, role, parts), the requirement's `Message`, or any other
 * JSON object with an id and a role. It is kept verbatim; chatkeep writes nothing into it and takes nothing out.
 */
export type ChatMessage = {
  readonly id: string
  readonly role: string
  readonly [key: string]: unknown
}

export function isMessage(value: unknown): value is ChatMessage {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  const { id, role } = value as { readonly id?: unknown; readonly role?: unknown }
  return isId(id) && typeof role === 'string'
}

export const MESSAGE_STATUSES = [
  'complete',
  'streaming',
  'interrupted',
  'stopped',
  'error',
  'queued',
] as const
/**
 * `complete`: all of it is here. `streaming`: somebody writes it now. `interrupted`: its writer died, or the stream broke off. `stopped`: by a
 * person. `error`: the model or its server failed. `queued`: written, and not asked yet.
 */
export type MessageStatus = (typeof MESSAGE_STATUSES)[number]

/** The value of a message register: an envelope of ours around the app's message. */
export type PresentMessage = Place & {
  readonly removed?: never
  /** Milliseconds since 1970 by the author's clock; for people to read, never for order. */
  readonly createdAt: number
  readonly status: MessageStatus
  readonly message: ChatMessage
  /** The id the app gave, when it repeated one that was taken (an edited question). */
  readonly externalId?: string
  /** Provider and model that answered, where known. */
  readonly model?: { readonly providerId?: string; readonly modelId?: string }
  /** Who wrote this version, of versions after the first. */
  readonly by?: Authorship
}

/** A removed message keeps its place and is not shown. */
export type RemovedMessage = Place & { readonly removed: true; readonly by?: Authorship }

export type MessageValue = PresentMessage | RemovedMessage

export const isPresent = (value: MessageValue): value is PresentMessage => value.removed !== true

/** Equality of heads of a message register: everything but the place and who wrote it. */
export function messageValuesEqual(a: MessageValue, b: MessageValue): boolean {
  if (!isPresent(a) || !isPresent(b)) return isPresent(a) === isPresent(b)
  const { by: _, ...mine } = { ...a, parentId: null, born: 0 }
  const { by: __, ...theirs } = { ...b, parentId: null, born: 0 }
  return jsonEquals(mine, theirs)
}

const FINISHEDNESS: Partial<Record<MessageStatus, number>> = { interrupted: 0, stopped: 1 }

/**
 * Whether `part` is an interrupted or stopped answer that `whole` continues: such a head counts as overwritten. Of two
 * unfinished answers with the same text the stopped one counts as the later, so that no two continue each other.
 */
export function isUnfinishedPrefix(part: MessageValue, whole: MessageValue): boolean {
  if (!isPresent(part) || !isPresent(whole)) return false
  const rank = FINISHEDNESS[part.status]
  if (rank === undefined || part.message.role !== whole.message.role) return false
  const grown = growth(part.message, whole.message)
  return grown === undefined ? false : grown > 0 || (FINISHEDNESS[whole.status] ?? 2) > rank
}

/** How much `whole` adds to `part` (parts and characters), or undefined when it does not begin with it. */
function growth(part: ChatMessage, whole: ChatMessage): number | undefined {
  if (!Array.isArray(part.parts) || !Array.isArray(whole.parts)) {
    const [short, long] = [messageText(part), messageText(whole)]
    return long.startsWith(short) ? long.length - short.length : undefined
  }
  let grown = whole.parts.length - part.parts.length
  for (const [index, mine] of (part.parts as readonly Record<string, unknown>[]).entries()) {
    const theirs = whole.parts[index] as Record<string, unknown> | undefined
    if (theirs === undefined || mine.type !== theirs.type || mine.toolCallId !== theirs.toolCallId)
      return undefined
    const [short, long] = [mine.text ?? '', theirs.text ?? '']
    if (typeof short !== 'string' || typeof long !== 'string' || !long.startsWith(short)) return undefined
    if (index < part.parts.length - 1 && long !== short) return undefined
    grown += long.length - short.length
  }
  return grown
}

/** The readable text of a message: its text parts joined, else `content` when that is a string, else nothing. */
export function messageText(message: ChatMessage): string {
  if (Array.isArray(message.parts)) {
    const texts: string[] = []
    for (const part of message.parts as readonly unknown[]) {
      if (typeof part !== 'object' || part === null) continue
      const { type, text } = part as { type?: unknown; text?: unknown }
      if (type === 'text' && typeof text === 'string') texts.push(text)
    }
    if (texts.length > 0) return texts.join('\n')
  }
  return typeof message.content === 'string' ? message.content : ''
}

/** First line of a text, collapsed and cut to `length` characters without splitting one. */
export function previewOf(text: string, length = 120): string {
  const collapsed = text
    .slice(0, length * 4)
    .replace(/\s+/gu, ' ')
    .trim()
  if (collapsed.length <= length) return collapsed
  // Without surrogates, as most texts are, a character is a code unit.
  if (!/[\ud800-\udfff]/.test(collapsed.slice(0, length))) return `${collapsed.slice(0, length - 1)}…`
  const characters = Array.from(collapsed)
  return characters.length <= length ? collapsed : `${characters.slice(0, length - 1).join('')}…`
}
