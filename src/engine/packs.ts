import { ChatkeepError } from '../domain/errors.ts'
import type { OperationId } from '../domain/ids.ts'
import type { Head } from '../domain/merge.ts'
import { isPresent, type MessageValue } from '../domain/message.ts'
import { type PlainFacts, plainEntryText } from '../domain/plain-entry-text.ts'
import { type PlainEntry, type PlainMessage, readPlainEntry } from '../domain/plain-message.ts'
import { isLatin1 } from '../domain/text-run.ts'
import type { PackedMessage, PackRecord } from '../ports/records/pack.ts'
import { isSoundMessage } from './mending/sound.ts'

export type PackLimits = {
  /** Size at which a pack is closed, in bytes. */
  readonly packBytes: number
  /** Messages in the newest pack of a history that is written whole. A fold fills it up. */
  readonly newestPack: number
}

/**
 * IndexedDB in Chromium costs 30–50 µs per record in the browser process, then per byte, and moves values to files of their own that
 * take more than 64 KiB after compression, which halves text: so many messages to a record, but never more than this many bytes. The
 * newest pack holds enough for the page that is asked for most, and no byte more crosses for it.
 */
export const PACK_LIMITS: PackLimits = { packBytes: 112 * 1024, newestPack: 60 }

/** Which pack may stay short: the last when a history grows at its end, the first when it is written whole. */
export type Filling = 'from the start' | 'from the end'

/**
 * A message on its way into a pack: of a plain one what is known of it and the JSON text of its content, of another one (`plain` is undefined)
 * the JSON text of all of it.
 */
export type PackEntry = {
  readonly id: string
  readonly born: number
  readonly plain: PlainFacts | undefined
  readonly text: string
}

/** Packs of messages that are in order of (born, id), each closed at `packBytes`. */
export function encodePacks(
  conversationId: string,
  messages: readonly PackedMessage[],
  packBytes = PACK_LIMITS.packBytes,
): PackRecord[] {
  const entries = messages.map((message): PackEntry => {
    const plain = plainOf(message)
    const text = JSON.stringify(plain === undefined ? message : plain.message)
    return { id: message.id, born: message.born, plain, text }
  })
  return [...packEntries(conversationId, entries, 'from the start', { ...PACK_LIMITS, packBytes })]
}

/** As `encodePacks`, of messages whose texts are known. Each pack is put together when it is come to. */
export function* packEntries(
  conversationId: string,
  entries: readonly PackEntry[],
  filling: Filling,
  limits = PACK_LIMITS,
): Generator<PackRecord> {
  const texts = entries.map((entry, index) => entryText(entry, entries[index - 1]))
  for (const [from, until] of divide(texts, filling, limits)) {
    const [first, last] = [entries[from], entries[until - 1]]
    if (first === undefined || last === undefined) throw new Error('a pack has a message')
    yield {
      conversationId,
      firstBorn: first.born,
      firstId: first.id,
      lastBorn: last.born,
      lastId: last.id,
      count: until - from,
      text: packText([entryText(first, undefined), ...texts.slice(from + 1, until)]),
      plain: entries.slice(from, until).every(({ plain }) => plain !== undefined),
    }
  }
}

/** In pieces, which are put together once. */
type EntryText = ReturnType<typeof plainEntryText>

function entryText({ plain, text }: PackEntry, previous: PackEntry | undefined): EntryText {
  return plain === undefined ? ['', text, ''] : plainEntryText(plain, previous, text)
}

function packText(entries: readonly EntryText[]): string {
  const pieces: string[] = []
  for (const [before, message, after] of entries)
    pieces.push(pieces.length === 0 ? '[' : ',', before, message, after)
  pieces.push(']')
  return pieces.join('')
}

/** Neighbours that fit into a pack together, as [from, until). */
function divide(
  texts: readonly EntryText[],
  filling: Filling,
  { packBytes, newestPack }: PackLimits,
): (readonly [number, number])[] {
  const packs: [number, number][] = []
  const order = [...texts.keys()]
  if (filling === 'from the end') order.reverse()
  let units = 0
  let isWide = false
  for (const index of order) {
    const pieces = texts[index] ?? []
    const length = pieces.reduce((sum, piece) => sum + piece.length, 0)
    const isTextWide = !pieces.every(isLatin1)
    const pack = packs.at(-1)
    const bytes = (units + length) * (isWide || isTextWide ? 2 : 1)
    const isNewestLong = filling === 'from the end' && index === texts.length - 1 - newestPack
    if (pack === undefined || bytes > packBytes || isNewestLong) {
      packs.push([index, index + 1])
      units = length
      isWide = isTextWide
    } else {
      if (filling === 'from the end') pack[0] = index
      else pack[1] = index + 1
      units += length
      isWide ||= isTextWide
    }
  }
  return filling === 'from the end' ? packs.reverse() : packs
}

const PLAIN_KEYS: ReadonlySet<string> = new Set([
  'parentId',
  'born',
  'createdAt',
  'status',
  'message',
  'externalId',
  'model',
  'by',
])

/** The message without the records that only merging needs; undefined where something of it would be lost. */
function plainOf({ id, born, parentId, heads, lifted }: PackedMessage): PlainMessage | undefined {
  const [head] = heads
  if (head === undefined || heads.length > 1 || lifted !== undefined) return undefined
  const { value } = head
  if (!isPresent(value) || value.born !== born || value.parentId !== parentId) return undefined
  for (const key in value) if (!PLAIN_KEYS.has(key)) return undefined
  return { ...value, id, operationId: head.id, stamp: head.stamp, overwrites: head.overwrites }
}

/** Messages of a pack in order. Throws `storage/corrupt` when the text is not what was written: see `mending`. */
export function decodePack(pack: PackRecord): PackedMessage[] {
  try {
    const entries: unknown = JSON.parse(pack.text)
    if (Array.isArray(entries) && entries.length === pack.count) {
      const messages = decodeEntries(entries)
      if (messages.every(isSoundMessage)) return messages
    }
  } catch {
    // Falls through to the error below, which says the same and names the pack.
  }
  throw new ChatkeepError(
    'storage/corrupt',
    `A pack of ${pack.count} messages cannot be read. The other messages are safe; they can still be read and exported.`,
    { details: { conversationId: pack.conversationId, firstBorn: pack.firstBorn, count: pack.count } },
  )
}

function decodeEntries(entries: readonly (PlainEntry | PackedMessage)[]): PackedMessage[] {
  let previous: PackedMessage | undefined
  return entries.map((entry) => {
    previous = 'heads' in entry ? entry : packedOf(readPlainEntry(entry, previous))
    return previous
  })
}

function packedOf(plain: PlainMessage): PackedMessage {
  const { id, born, parentId, createdAt, status, message, externalId, model, by } = plain
  const value = {
    parentId,
    born,
    createdAt,
    status,
    message,
    ...(externalId === undefined ? {} : { externalId }),
    ...(model === undefined ? {} : { model }),
    ...(by === undefined ? {} : { by }),
  }
  const overwrites = plain.overwrites as readonly OperationId[]
  const head: Head<MessageValue> = {
    id: plain.operationId as OperationId,
    stamp: plain.stamp,
    overwrites,
    value,
  }
  return { id, born, parentId, heads: [head] }
}
