import type { Authorship } from './authorship.ts'
import type { ChatMessage, MessageStatus } from './message.ts'
import type { StoredMessage } from './service/message-page.ts'

/** A stored message about which nothing is special: one head, not removed, every file inside; with the operation that wrote it. */
export type PlainMessage = Omit<StoredMessage, 'siblings' | 'others'> & {
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

export function readPlainEntry(entry: PlainEntry, previous: Previous | undefined): PlainMessage {
  const [operationId, bornDelta, createdAtDelta, message, rest] = entry
  const born = (previous?.born ?? 0) + bornDelta
  return {
    id: rest?.id ?? message.id,
    message,
    parentId: rest?.parentId === undefined ? (previous?.id ?? null) : rest.parentId,
    born,
    createdAt: rest?.createdAt ?? born + createdAtDelta,
    status: rest?.status ?? 'complete',
    ...(rest?.externalId === undefined ? {} : { externalId: rest.externalId }),
    ...(rest?.model === undefined ? {} : { model: rest.model }),
    ...(rest?.by === undefined ? {} : { by: rest.by }),
    operationId,
    stamp: rest?.stamp ?? born,
    overwrites: rest?.overwrites ?? [],
  }
}
