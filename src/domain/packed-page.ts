import { comparePlaces } from './place.ts'
import { type PlainEntry, type PlainMessage, readPlainEntry } from './plain-message.ts'
import type { LoadQuery, MessagePage, StoredMessage } from './service/message-page.ts'

/**
 * The end of a conversation as it lies in its packs: text that nobody has parsed yet. A text crosses from worker to page as it is, while
 * a thousand messages would be parsed, taken apart, cloned and put together on the way.
 */
export type PackedPage = Omit<MessagePage, 'messages' | 'older'> & {
  /** JSON texts of `PlainEntry[]`, oldest first. */
  readonly packs: readonly string[]
  /** Messages that lie outside of packs, oldest first. */
  readonly tail: readonly StoredMessage[]
  /** Ids whose packed copies are not shown. */
  readonly hidden: readonly string[]
  /** Whether there are messages before these. */
  readonly more: boolean
}

/** The page that was asked for, out of what was read for it. */
export function unpackPage(page: MessagePage | PackedPage, { limit = 50 }: LoadQuery): MessagePage {
  if ('messages' in page) return page
  const { packs, tail, hidden, more, ...rest } = page
  const isHidden = new Set(hidden)
  const packed = packs.flatMap(readPack).filter(({ id }) => !isHidden.has(id))
  const merged = merge(packed, tail)
  const messages = limit === 0 ? merged : merged.slice(-limit)
  const [first] = messages
  const last = messages.at(-1)
  const hasOlder = more || messages.length < merged.length
  return {
    ...rest,
    messages,
    leaf: last === undefined ? rest.leaf : { id: last.id, born: last.born },
    older: hasOlder && first !== undefined ? { id: first.id, born: first.born } : null,
  }
}

function readPack(text: string): StoredMessage[] {
  let previous: PlainMessage | undefined
  return (JSON.parse(text) as PlainEntry[]).map((entry) => {
    previous = readPlainEntry(entry, previous)
    const { operationId: _id, stamp: _stamp, overwrites: _overwrites, by: _by, ...stored } = previous
    return stored
  })
}

/** Both are in order; mostly the tail follows the packs. */
function merge(packed: StoredMessage[], tail: readonly StoredMessage[]): StoredMessage[] {
  const last = packed.at(-1)
  const [first] = tail
  const merged = [...packed, ...tail]
  if (last === undefined || first === undefined || comparePlaces(last, first) < 0) return merged
  return merged.sort(comparePlaces)
}
