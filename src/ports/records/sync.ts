import type { ErrorRecord } from '../../domain/errors.ts'
import type { Cursor, OperationId } from '../../domain/ids.ts'
import type { PlainShown, PlainSync } from './plain-sync.ts'

/** Per conversation `c:<id>` (with a plain server also `p:…` and `q:…`), per space `s:<projectId>`. Key: `key`. */
export type SyncRecord = SpaceSync | ConversationSync | PlainSync | PlainShown

export type SpaceSync = {
  readonly key: string
  readonly kind: 'space'
  readonly projectId: string
  readonly cursor: Cursor
  /**
   * How far the log went when a conversation's content was made that came after `cursor` had moved on: the next page of the delta is asked for
   * with both, and is worth nothing if the log has lost either.
   */
  readonly reached?: Cursor
  /** The store's incarnation that the cursor belongs to; another incarnation starts from zero. */
  readonly incarnation: string
  /** After a 410, and when a cloud is first configured: everything is offered again once a pull from zero has ended. */
  readonly suspect: boolean
  /** Something was written here by a context that knew of no cloud, and is in no queue. */
  readonly unqueued?: true
  /** No cloud's answer was ever applied here: all that this space holds was written on this device. */
  readonly fresh?: true
  readonly backoff: BackoffRecord | null
  /** Waits for a session of this account, or for a page that can answer for credentials; `gone`: the account was deleted. */
  readonly parked: 'auth' | 'gone' | 'page' | 'wrong-account' | null
  readonly lastError: (ErrorRecord & { readonly at: number }) | null
  readonly lastSuccessAt: number | null
  /** How often this space began anew (a 410, another cloud): what was asked before is not applied after. */
  readonly resets?: number
  /** Validator of a plain server's list when everything that it told of was looked at. */
  readonly listEtag?: string
  /** A new device's first fetch is on its way: where the list goes on (null: it is whole), and how many of it are here with their content. */
  readonly bootstrap?: {
    readonly next: string | null
    readonly listedCount: number
    readonly filledCount: number
    /** The list came in several pages: a conversation that moved meanwhile may be on none of them. */
    readonly isPaged?: true
  }
}

/** A wait of one destination. All times are milliseconds since 1970. */
export type BackoffRecord = {
  readonly attempt: number
  readonly nextAttemptAt: number
  readonly setAt: number
  readonly reason: 'network' | 'server' | 'rate'
  /** Floor from `Retry-After`; only time ends it. */
  readonly retryAfterUntil: number | null
}

export type ConversationSync = {
  readonly key: string
  readonly kind: 'conversation'
  readonly conversationId: string
  readonly cloudId?: string
  readonly lastSyncedAt: number | null
  /** When the cloud received operations on `trashed`, by their ids, the latest last. */
  readonly trashReceivedAt?: Readonly<Record<OperationId, number>>
}
