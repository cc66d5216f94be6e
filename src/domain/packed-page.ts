import { comparePlaces } from './place.ts'
import { type PlainEntry, readShown } from './plain-message.ts'
import type { LoadQuery, MessagePage, StoredMessage } from './service/message-page.ts'

/**
 * The end of a conversation as it lies in its packs: text that nobody has parsed yet. A text crosses from worker to page as it is, while
 * a thousand messages would be parsed, taken apart, cloned and put together on the way.
 */
export type PackedPage = Omit<MessagePage, 'messages' | 'older'> & {
  /** JSON texts of `PlainEntry[][]`, oldest first: packs, several in a text. */
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
  const packed = packs.flatMap(readPacks).filter(({ id }) => !isHidden.has(id))
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

const readPacks = (text: string): StoredMessage[] => (JSON.parse(text) as PlainEntry[][]).flatMap(readPack)

function readPack(entries: readonly PlainEntry[]): StoredMessage[] {
  let previous: StoredMessage | undefined
  return entries.map((entry) => {
    previous = readShown(entry, previous)
    return previous
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
