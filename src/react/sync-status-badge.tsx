import type { ComponentProps } from 'react'
import { useChatkeepContext } from './provider.tsx'
import type { ChatkeepStrings } from './strings.ts'
import { type UseSyncStatus, useSyncStatus } from './use-sync-status.ts'

/**
 * One line of text that tells how sync stands, announced politely to screen readers. Unstyled: style it by
 * `[data-level="synced"]` and the other levels.
 */
export function SyncStatusBadge(props: ComponentProps<'span'>) {
  const { strings } = useChatkeepContext()
  const sync = useSyncStatus()
  return (
    <span role="status" data-level={sync.level} data-pending={sync.pendingCount} {...props}>
      {syncLabel(sync, strings)}
    </span>
  )
}

/** The badge's text. */
export function syncLabel(
  {
    level,
    pendingCount,
    quarantinedCount,
  }: Pick<UseSyncStatus, 'level' | 'pendingCount' | 'quarantinedCount'>,
  strings: ChatkeepStrings,
): string {
  switch (level) {
    case 'loading':
      return strings.loading
    case 'off':
      return strings.syncOff
    case 'synced':
      return strings.synced
    case 'syncing':
      return pendingCount > 0 ? strings.pending(pendingCount) : strings.syncing
    case 'pending':
      return strings.pending(pendingCount)
    case 'offline':
      return strings.waiting(pendingCount)
    case 'signed-out':
      return strings.signedOut
    case 'attention':
      return quarantinedCount > 0 ? strings.quarantined(quarantinedCount) : strings.syncError
  }
}
