import type { OperationId } from './ids.ts'

/** Largest stamp an operation may carry (2^52). */
export const MAX_STAMP = 2 ** 52
/** Largest share of a stamp that may come from a wall clock (2^51), so that overwriting always has room above it. */
export const MAX_CLOCK_STAMP = 2 ** 51
/** Most ids that one purge may list; a longer purge is split bottom up. */
export const MAX_PURGE_IDS = 1_000

/**
 * A write to one register of one conversation. Operations are never changed after they were made; the state is a pure
 * function of the set of them, whatever the order of arrival.
 */
export type SetOperation = {
  readonly kind: 'set'
  /** 128 bits, base64url: hash(mutation id, store incarnation, register). Never a counter. */
  readonly id: OperationId
  readonly conversationId: string
  /** `message:<id>`, `title`, `archived`, `pinned`, `tag:<tag>`, `leaf` or `trashed`. */
  readonly register: string
  /** Integer milliseconds, 0 … 2^52: max(clock, every overwritten stamp + 1). Picks winners and is not a time to show. */
  readonly stamp: number
  /** The heads of this register that the author had in front of them. */
  readonly overwrites: readonly OperationId[]
  readonly value: unknown
}

/** The real deletion: strips the values of the operations that it names, for ever, and leaves their place in the graph. */
export type PurgeOperation = {
  readonly kind: 'purge'
  readonly id: OperationId
  readonly conversationId: string
  /** At most 1,000 operation ids. */
  readonly names: readonly OperationId[]
}

/** An operation whose value is gone (overwritten long ago, or purged): only its place in the graph of its register. */
export type StubOperation = {
  readonly kind: 'stub'
  readonly id: OperationId
  readonly conversationId: string
  /** Empty when the one who sends it does not know it (a purged body, an encrypted space). */
  readonly register: string
  readonly overwrites: readonly OperationId[]
}

export type Operation = SetOperation | PurgeOperation | StubOperation

/** `max(now, newest overwritten + 1)`, the clock's part capped at 2^51: what was written knowing something always wins over it. */
export function nextStamp(now: number, overwritten: readonly { readonly stamp: number }[]): number {
  let stamp = Math.min(Math.max(0, Math.floor(now)), MAX_CLOCK_STAMP)
  for (const { stamp: older } of overwritten) stamp = Math.max(stamp, older + 1)
  return stamp
}
