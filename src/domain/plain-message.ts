import type { Authorship } from './authorship.ts'
import type { ChatMessage, MessageStatus } from './message.ts'
import type { StoredMessage } from './service/message-page.ts'

export type ShownPlainMessage = Omit<StoredMessage, 'siblings' | 'others'>

/** A stored message about which nothing is special: one head, not removed, every file inside; with the operation that wrote it. */
export type PlainMessage = ShownPlainMessage & {
  readonly operationId: string
  readonly stamp: number
  readonly overwrites: readonly string[]
  readonly by?: Authorship
}

export type Previous = { readonly id: string; readonly born: number }

/** What differs from the ordinary, by name; everything else follows from the message and the entry before. */
export type Rest = {
  readonly id?: string
  /** Ordinary: the message before in the same pack. */
  readonly parentId?: string | null
  readonly createdAt?: number
  /** Ordinary: `born`. */
  readonly stamp?: number
  readonly overwrites?: readonly string[]
  /** Ordinary: `complete`. */
  readonly status?: MessageStatus
  readonly externalId?: string
  readonly model?: StoredMessage['model']
  readonly by?: Authorship
}

/** A plain message in a pack. `createdAt` counts from `born`, and `born` from the entry before, or from 0. */
export type PlainEntry = readonly [
  operationId: string,
  bornDelta: number,
  createdAtDelta: number,
  message: ChatMessage,
  rest?: Rest,
]

/** What a page shows of an entry. A thousand of them are read at once: nothing is made that is thrown away. */
export function readShown(entry: PlainEntry, previous: Previous | undefined): ShownPlainMessage {
  const message = entry[3]
  const rest = entry[4]
  const born = (previous?.born ?? 0) + entry[1]
  const shown = {
    id: rest?.id ?? message.id,
    message,
    parentId: rest?.parentId === undefined ? (previous?.id ?? null) : rest.parentId,
    born,
    createdAt: rest?.createdAt ?? born + entry[2],
    status: rest?.status ?? 'complete',
  }
  if (rest?.externalId === undefined && rest?.model === undefined) return shown
  const { externalId, model } = rest
  return {
    ...shown,
    ...(externalId === undefined ? {} : { externalId }),
    ...(model === undefined ? {} : { model }),
  }
}

export function readPlainEntry(entry: PlainEntry, previous: Previous | undefined): PlainMessage {
  const shown = readShown(entry, previous)
  const rest = entry[4]
  return {
    ...shown,
    ...(rest?.by === undefined ? {} : { by: rest.by }),
    operationId: entry[0],
    stamp: rest?.stamp ?? shown.born,
    overwrites: rest?.overwrites ?? [],
  }
}
