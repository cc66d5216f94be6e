import type { ErrorRecord } from '../domain/errors.ts'

/** Major version of what pages and workers say to each other. A worker also answers the major before its own. */
export const PROTOCOL_MAJOR = 1
const CHANNEL_PREFIX = 'chatkeep/'

/** Arguments beyond this are refused; import in several calls instead. */
export const MAX_ARGUMENT_BYTES = 32 * 1024 * 1024
/** Longest call id that a worker remembers; Comlink's have about 55 characters. */
export const MAX_CALL_ID_LENGTH = 100

/** What every message between page and worker looks like; anything else on the same event is somebody else's. */
export type Envelope = {
  /** `chatkeep/<major>`. */
  readonly channel: string
  /** A Comlink message, or Comlink's answer to one. */
  readonly message?: unknown
  /** Page to worker: the call of that id comes over the line; stay awake for it. */
  readonly awake?: string
  /** With `awake`: it was not heard of for long; say how it stands. */
  readonly asks?: true
  /** Worker to page: no such call came. The line is gone, if it led to another boot. */
  readonly missing?: string
  /** Worker to page: the call is known and still running. */
  readonly running?: string
  /** Worker to page: boot id of the worker that speaks. */
  readonly boot?: string
}

/** The one argument of every call. */
export type CallArgument = { readonly database: string | null; readonly argument: unknown }

/** Results and errors travel as plain data, because Comlink's own errors lose their code. */
export type Outcome =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly error: ErrorRecord }

/** Whoever answers calls: a worker behind an endpoint, or an engine in this context. */
export type Caller = {
  call(call: {
    readonly database: string | null
    readonly method: string
    readonly argument: unknown
  }): Promise<unknown>
}

/** Comlink's message for a method call, the only one that is let through. */
export type ApplyMessage = {
  readonly id: string
  readonly type: 'APPLY'
  readonly path: readonly [string]
  readonly argumentList: readonly [{ readonly type: 'RAW'; readonly value: CallArgument }]
}

/** Time and timers as rpc needs them; the clock port fits. */
export type RpcClock = {
  now(): number
  setTimer(callback: () => void, delayMs: number): () => void
}

export const channelName = (major: number): string => `${CHANNEL_PREFIX}${major}`

/** The major version of a channel of ours; undefined for any other value. */
export function channelMajor(channel: unknown): number | undefined {
  if (typeof channel !== 'string' || !channel.startsWith(CHANNEL_PREFIX)) return undefined
  const digits = channel.slice(CHANNEL_PREFIX.length)
  return /^\d{1,4}$/.test(digits) ? Number(digits) : undefined
}

/** The answer that Comlink's caller takes for the result of its call `id`. */
export function answerMessage(id: string, outcome: Outcome): unknown {
  return { id, type: 'RAW', value: outcome }
}
