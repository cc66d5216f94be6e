import type { SyncStatus } from '../domain/sync-status.ts'
import type { ClientEvent, ClientStatus } from './api.ts'

/** What is said before the engine was asked. */
export const NO_SYNC: SyncStatus = {
  state: 'off',
  pendingCount: 0,
  oldestPendingAt: null,
  quarantinedCount: 0,
  lastError: null,
  nextAttemptAt: null,
  lastSuccessAt: null,
  attempt: 0,
}

/** Holds the status; listeners hear of each change, and `onEvent` of what telemetry wants to know. */
export function createStatusStore(initial: ClientStatus, onEvent: (event: ClientEvent) => void) {
  const listeners = new Set<(status: ClientStatus) => void>()
  let status = initial

  function report(before: ClientStatus, after: ClientStatus): void {
    const { rung, degraded, sync, updateReady } = after
    if (before.rung !== rung) onEvent({ type: 'rungChanged', rung, reason: degraded })
    if (sync.lastError !== null && sync.lastError.at !== before.sync.lastError?.at) {
      onEvent({ type: 'syncFailed', error: sync.lastError })
    }
    if (sync.lastSuccessAt !== null && sync.lastSuccessAt !== before.sync.lastSuccessAt) {
      onEvent({ type: 'synced', at: sync.lastSuccessAt })
    }
    if (updateReady && !before.updateReady) onEvent({ type: 'updateReady' })
    if (after.migration !== null && after.migration !== before.migration) {
      onEvent({ type: 'migrated', report: after.migration })
    }
  }

  return {
    get: () => status,
    /** The same object stays when nothing changed. */
    set(change: Partial<ClientStatus>): void {
      const before = status
      const after = { ...before, ...change }
      if (JSON.stringify(before) === JSON.stringify(after)) return
      status = after
      report(before, after)
      for (const listener of [...listeners]) listener(after)
    },
    listen(listener: (status: ClientStatus) => void): () => void {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}
