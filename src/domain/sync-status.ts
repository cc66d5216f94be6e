import type { ErrorRecord } from './errors.ts'
import type { AutomationStatus } from './retention.ts'

/**
 * Where sync stands. `off`: no cloud, or switched off. `idle`: nothing waits. `syncing`: requests are under way. `waiting`: something
 * waits for its next try, at `nextAttemptAt` if one failed. `signed-out`: nobody is signed in, or the cloud does not take the session. `waiting-for-page`: no
 * open page could give a token. `error`: something is left for a person to do, see `lastError.remedy`.
 */
export type SyncState = 'off' | 'idle' | 'syncing' | 'waiting' | 'signed-out' | 'waiting-for-page' | 'error'

/** The queue and the last tries, of the account that is signed in. Times are milliseconds since 1970. */
export type SyncStatus = {
  readonly state: SyncState
  /** Operations that the cloud has not shown back to us. */
  readonly pendingCount: number
  /** When the oldest of them was written; null without any. */
  readonly oldestPendingAt: number | null
  /** Changes that the cloud refused for good: `listQuarantined`. */
  readonly quarantinedCount: number
  /** The last refusal or failure, with what to do about it. */
  readonly lastError: (ErrorRecord & { readonly remedy: string; readonly at: number }) | null
  /** When it is tried again by itself; null while nothing waits for that. */
  readonly nextAttemptAt: number | null
  /** When the cloud last answered as it should; null: not yet. */
  readonly lastSuccessAt: number | null
  /** Tries that failed, one after the other; 0 after a success. */
  readonly attempt: number
  /** Where retention and auto-archive stand; absent while no project has a rule. */
  readonly automation?: AutomationStatus
  /** A new device fetches its conversations: how many the cloud listed, and how many of them are here; absent when all are. */
  readonly fetching?: { readonly listedCount: number; readonly filledCount: number }
  /** Conversations whose messages were taken off this device because it had no room: opening one fetches it. Absent while there are none. */
  readonly freed?: { readonly conversationCount: number; readonly at: number; readonly remedy: string }
  /** What a person switched off; absent while everything syncs. The queue keeps filling meanwhile. */
  readonly switchedOff?: { readonly everything: boolean; readonly projects: readonly string[] }
}

/** How one project's sync went, for whoever asked for it by name. */
export type ProjectSync = {
  /** Everything that waited was shown back by the cloud, and everything there was fetched. */
  readonly isComplete: boolean
  /** Why it cannot go on now; null while it is incomplete: it goes on when it is asked for again. */
  readonly error: ErrorRecord | null
  /** Changes that the cloud has not shown back, those in quarantine not counted. */
  readonly pendingCount: number
}

/** A change that was put aside because the cloud refused it. */
export type QuarantinedOperation = {
  /** What `retryQuarantined` takes. */
  readonly sequence: number
  readonly conversationId: string
  readonly operationCount: number
  readonly refusal: ErrorRecord
}

/** Why an engine is asked to look after its queue. */
export type WakeReason =
  | 'save'
  | 'timer'
  | 'online'
  | 'focus'
  | 'pageshow'
  | 'visible'
  | 'sync'
  | 'poke'
  /** A person turned to another project. */
  | 'project'
  | 'activate'
  | 'start'
  | 'signed-in'
