import { Popover } from '@base-ui/react/popover'
import { type UseSyncStatus, useSyncStatus } from 'chatkeep/react'
import type { Strings } from '../strings/en.ts'
import { useStrings } from '../strings/use-strings.ts'
import { SyncDetails } from './sync-details.tsx'

/** How saving and syncing stand, in a word and a colour; opens the details. */
export function SyncIndicator() {
  const strings = useStrings()
  const sync = useSyncStatus()
  return (
    <Popover.Root>
      <Popover.Trigger
        className="sync-trigger"
        data-level={sync.level}
        data-pending={sync.pendingCount}
        title={strings.syncDetails}
      >
        <span className="sync-dot" aria-hidden="true" />
        <span className="sync-label">{syncText(sync, strings)}</span>
      </Popover.Trigger>
      {/* What stands in a button is not announced when it changes. */}
      <span className="visually-hidden" role="status">
        {syncText(sync, strings)}
      </span>
      <Popover.Portal>
        <Popover.Positioner className="positioner" side="top" align="start" sideOffset={8}>
          <Popover.Popup className="popup sync-popup">
            <Popover.Title className="popup-title">{syncText(sync, strings)}</Popover.Title>
            <SyncDetails sync={sync} />
          </Popover.Popup>
        </Popover.Positioner>
      </Popover.Portal>
    </Popover.Root>
  )
}

function syncText(
  { level, pendingCount, quarantinedCount, status }: UseSyncStatus,
  strings: Strings,
): string {
  switch (level) {
    case 'loading':
      return strings.loadingChats
    case 'off':
      return strings.syncOff
    case 'synced':
      return strings.synced
    case 'syncing':
      return pendingCount > 0 ? strings.pending(pendingCount) : strings.syncing
    case 'pending':
      return strings.pending(pendingCount)
    case 'offline':
      return pendingCount > 0 ? strings.offlinePending(pendingCount) : strings.offline
    case 'signed-out':
      // The account's chats are here and wait for its next session; or there never was an account.
      return status?.accountId == null ? strings.signedOut : strings.sessionPending(pendingCount)
    case 'attention':
      return quarantinedCount > 0 ? strings.refused(quarantinedCount) : strings.attention
  }
}
