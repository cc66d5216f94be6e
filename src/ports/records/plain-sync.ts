import type { OperationId } from '../../domain/ids.ts'

/** Where the sync of one conversation with a plain server stands. Key `p:<projectId>⏎<conversationId>`. */
export type PlainSync = {
  readonly key: string
  readonly kind: 'plain'
  readonly conversationId: string
  readonly projectId: string
  /** Grows with each write: what was asked before somebody else wrote is not applied. */
  readonly version: number
  /** Whether the server had it when it was last asked. */
  readonly present: boolean
  /** The server said that it will not have it again (410). */
  readonly closed?: true
  /** Hash of its entry in the list when nothing was left to do; null: something is. */
  readonly listed: string | null
  /** Validator of the document when nothing was left to do. */
  readonly etag?: string
  readonly checkedAt: number
}

/** What a plain server showed of a conversation when it was last asked, the common ground of a three-way union. Key `q:…`. */
export type PlainShown = {
  readonly key: string
  readonly kind: 'plain-shown'
  /** By register. */
  readonly shown: Readonly<Record<string, ShownRegister>>
}

/** What a plain server showed of one register, and which operations stand for that here. */
export type ShownRegister = {
  readonly hash: string
  /** What it showed before that. */
  readonly before?: string
  /** Stamp of the newest of `ids`. */
  readonly stamp: number
  readonly ids: readonly OperationId[]
  /** Hash of a value of ours that it took and does not show: it does not keep this. */
  readonly declined?: string
}
