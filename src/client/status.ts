import type { ErrorCode, ErrorRecord } from '../domain/errors.ts'
import { jsonEquals } from '../domain/json.ts'
import type { SyncStatus } from '../domain/service.ts'
import type { ClientEvent, ClientStatus } from './api.ts'
import type { Landing } from './ladder.ts'

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

const REMEDIES: Partial<Record<ErrorCode, string>> = {
  'worker/foreign':
    'Another service worker owns this scope: call installChatkeep(self) from `chatkeep/sw` in it.',
  'worker/not-a-script':
    'The server answers the worker URL with a page: serve sw.js itself (see docs/bundlers.md), outside the fallback to index.html.',
  'worker/unavailable':
    'Serve sw.js at the worker URL over https, and allow it in the content security policy (worker-src). Data is kept without it.',
  'rpc/unreachable': 'Nothing to do: the engine runs in this page, and the worker is tried again later.',
  'rpc/timeout': 'Nothing to do: the engine runs in this page, and the worker is tried again later.',
  'storage/unavailable': 'Allow cookies and site data for this site, or leave the private window.',
  'storage/blocked': 'Close other tabs of this site, or reload them.',
  'storage/quota': 'Free space on this device.',
}
const ANY_REMEDY = 'Reload the page. If it stays so, report the code.'

/** Why a client is not on the best rung: the failure of the rung above its own. */
export function degradedOf(failures: Landing['failures']): ClientStatus['degraded'] {
  const nearest = failures.at(-1)
  if (nearest === undefined) return null
  const tried = failures.map(({ rung, error }) => ({ rung, code: error.code, message: error.message }))
  return {
    ...nearest.error,
    details: { ...nearest.error.details, tried },
    remedy: REMEDIES[nearest.error.code] ?? ANY_REMEDY,
  }
}

/** Holds the status; listeners hear of each change, and `onEvent` of what telemetry wants to know. */
export function createStatusStore(initial: ClientStatus, onEvent: (event: ClientEvent) => void) {
  const listeners = new Set<(status: ClientStatus) => void>()
  let status = initial

  function report(before: ClientStatus, after: ClientStatus): void {
    const { rung, degraded, sync, updateReady } = after
    if (before.rung !== rung) onEvent({ type: 'rungChanged', rung, reason: degraded as ErrorRecord | null })
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
      if (jsonEquals(before, after)) return
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
export type StatusStore = ReturnType<typeof createStatusStore>
