import type { ErrorRecord } from './errors.ts'
import type { AutomationStatus } from './retention.ts'

/** Where sync stands. */
export type SyncState = 'off' | 'idle' | 'syncing' | 'waiting' | 'signed-out' | 'waiting-for-page' | 'error'

export type SyncStatus = {
  readonly state: SyncState
  /** Operations that the cloud has not shown back to us. */
  readonly pendingCount: number
  /** When the oldest of them was written; null without any. */
  readonly oldestPendingAt: number | null
  readonly quarantinedCount: number
  /** The last refusal or failure, with what to do about it. */
  readonly lastError: (ErrorRecord & { readonly remedy: string; readonly at: number }) | null
  readonly nextAttemptAt: number | null
  readonly lastSuccessAt: number | null
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

export type QuarantinedOperation = {
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
