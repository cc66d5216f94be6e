import type { LiftedFile, MessageEntry } from './message.ts'

/**
 * Consecutive older messages. Key: `[conversationId, firstBorn, firstId]`. The record under `[conversationId, -1, '']` is the
 * index of all packs of the conversation (`PackIndexRecord`): the way from a message id to its pack.
 */
export type PackRecord = {
  readonly conversationId: string
  readonly firstBorn: number
  readonly firstId: string
  readonly lastBorn: number
  readonly lastId: string
  readonly count: number
  /** JSON text of a list in order of (born, id): `PlainEntry` for plain messages, `PackedMessage` for others. */
  readonly text: string
  /** Whether all of them are plain, so that a page can read the text. */
  readonly plain?: boolean
  /** It stands, without messages, where a record was that could not be read: `raw`, until a purge or until its messages are here again. */
  readonly setAside?: { readonly raw?: unknown }
}

/** A message in a pack: an entry with its lifted files. */
export type PackedMessage = MessageEntry & { readonly lifted?: readonly LiftedFile[] }
