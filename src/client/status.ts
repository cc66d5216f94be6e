import type { SyncStatus } from '../domain/sync-status.ts'
import type { ClientStatus } from './api.ts'

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

/** Holds the status; listeners hear of each change. */
export function createStatusStore(initial: ClientStatus) {
  const listeners = new Set<(status: ClientStatus) => void>()
  let status = initial

  return {
    get: () => status,
    /** The same object stays when nothing changed. */
    set(change: Partial<ClientStatus>): void {
      const after = { ...status, ...change }
      if (JSON.stringify(status) === JSON.stringify(after)) return
      status = after
      for (const listener of [...listeners]) listener(after)
    },
    listen(listener: (status: ClientStatus) => void): () => void {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}
