import type { ErrorRecord } from '../domain/errors.ts'
import type { SyncStatus } from '../domain/sync-status.ts'

/**
 * Where the engine runs and what it writes to, best first. On the first three what was saved survives a reload; `memory` ends with the page.
 */
export type Rung = 'worker+indexeddb' | 'page+indexeddb' | 'page+local-storage' | 'memory'

export type ClientEvent =
  | { readonly type: 'rungChanged'; readonly rung: Rung; readonly reason: ErrorRecord | null }
  | { readonly type: 'syncFailed'; readonly error: ErrorRecord }
  | { readonly type: 'synced'; readonly at: number }
  | { readonly type: 'migrated'; readonly report: MigrationReport }
  | { readonly type: 'updateReady' }

/** What the legacy migration did; anything unreadable stays where it is and is listed. */
export type MigrationReport = {
  readonly state: 'nothing-to-do' | 'done' | 'partly' | 'failed'
  readonly importedConversations: number
  readonly importedMessages: number
  /** Where the originals are kept: keys of localStorage, or `setting:<name>` for what `getSetting(name)` answers. */
  readonly backups: readonly string[]
  readonly problems: readonly { readonly key: string; readonly error: ErrorRecord }[]
}

/** The truth about this client now. */
export type ClientStatus = {
  readonly rung: Rung
  /** Why it is not on the best rung; null on the best. */
  readonly degraded: (ErrorRecord & { readonly remedy: string }) | null
  /** As `setAccount` was told; null: nobody. */
  readonly accountId: string | null
  /**
   * Conversations that were written here while nobody was signed in and wait for a person's decision whether the account
   * takes them; `setAccount(accountId, { adopt })` answers. Null when there are none, or when it was answered.
   */
  readonly adoptable: { readonly conversationCount: number } | null
  readonly sync: SyncStatus
  /** What was imported from LeanSpec's localStorage at the start; null until that is known. */
  readonly migration: MigrationReport | null
  /** A new worker waits for consent: `applyUpdate()`. */
  readonly updateReady: boolean
}

export type Capabilities = {
  readonly serviceWorker: boolean
  readonly indexedDB: boolean
  readonly localStorage: boolean
  readonly webLocks: boolean
  readonly broadcastChannel: boolean
  readonly backgroundSync: boolean
  /** True when the browser promised not to evict; undefined where it does not say. */
  readonly persisted: boolean | undefined
}
