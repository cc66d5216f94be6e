import { useCallback, useEffect, useMemo, useState } from 'react'
import type { ClientStatus } from '../client/api.ts'
import type { SyncStatus } from '../domain/sync-status.ts'
import { useChatkeep } from './provider.tsx'

/**
 * What to show of sync in one word. `synced`: the cloud has everything. `pending`: something waits and will go by itself.
 * `offline`: the cloud could not be reached; it is tried again. `attention`: a person has to do something (see `remedy`).
 */
export type SyncLevel =
  | 'loading'
  | 'off'
  | 'synced'
  | 'syncing'
  | 'pending'
  | 'offline'
  | 'signed-out'
  | 'attention'

export type UseSyncStatus = {
  readonly level: SyncLevel
  readonly pendingCount: number
  readonly quarantinedCount: number
  /** What to do about the last failure, when there is something. */
  readonly remedy: string | null
  /** Everything the client knows; null while it loads. */
  readonly status: ClientStatus | null
  /** Ends a wait that is due to the network and uploads now. */
  syncNow(): Promise<SyncStatus>
}

/** The truth about saving and syncing, live. Taken from the engine, never from `navigator.onLine`. */
export function useSyncStatus(): UseSyncStatus {
  const { client, ready } = useChatkeep()
  const [status, setStatus] = useState<ClientStatus | null>(null)
  useEffect(() => {
    if (client === null) return setStatus(null)
    setStatus(client.status)
    return client.onStatus(setStatus)
  }, [client])
  const syncNow = useCallback(async () => (await ready).syncNow(), [ready])
  return useMemo(
    () => ({
      level: syncLevel(status),
      pendingCount: status?.sync.pendingCount ?? 0,
      quarantinedCount: status?.sync.quarantinedCount ?? 0,
      remedy: status?.sync.lastError?.remedy ?? status?.degraded?.remedy ?? null,
      status,
      syncNow,
    }),
    [status, syncNow],
  )
}

/** The level of a status; what the badge shows. */
export function syncLevel(status: ClientStatus | null): SyncLevel {
  if (status === null) return 'loading'
  const { sync } = status
  switch (sync.state) {
    case 'off':
      return 'off'
    case 'signed-out':
      return 'signed-out'
    case 'error':
      return 'attention'
    case 'waiting':
      if (sync.lastError === null) return 'pending' // Saved, and not taken up yet: no attempt has failed.
      return sync.lastError.code === 'sync/offline' ? 'offline' : 'attention'
    case 'syncing':
      return 'syncing'
    case 'waiting-for-page':
      return 'pending'
    case 'idle':
      if (sync.quarantinedCount > 0) return 'attention'
      return sync.pendingCount > 0 ? 'pending' : 'synced'
  }
}
