import type { UseSyncStatus } from 'chatkeep/react'
import { useState } from 'react'
import { useStrings } from '../strings/use-strings.ts'
import { RefusedChanges } from './refused-changes.tsx'

export function SyncDetails({ sync }: { readonly sync: UseSyncStatus }) {
  const strings = useStrings()
  const { status, level, pendingCount, remedy } = sync
  const [isAsking, setAsking] = useState(false)
  if (status === null) return <p className="popup-text">{strings.loadingChats}</p>
  const { lastSuccessAt, nextAttemptAt, oldestPendingAt, lastError, fetching } = status.sync
  return (
    <>
      {level === 'signed-out' && <p className="popup-text">{strings.signedOutHint}</p>}
      {lastError !== null && level !== 'synced' && level !== 'signed-out' && (
        <p className="popup-text" data-tone="danger">
          {lastError.message}
          {remedy !== null && <strong> {remedy}</strong>}
        </p>
      )}
      {fetching !== undefined && (
        <p className="popup-text">{strings.fetchingChats(fetching.filledCount, fetching.listedCount)}</p>
      )}
      {sync.quarantinedCount > 0 && <RefusedChanges count={sync.quarantinedCount} />}
      <dl className="facts">
        <dt>{strings.waitingChanges}</dt>
        <dd data-testid="pending-count">{pendingCount}</dd>
        {oldestPendingAt !== null && <Time label={strings.oldestPending} at={oldestPendingAt} />}
        {nextAttemptAt !== null && <Time label={strings.nextAttempt} at={nextAttemptAt} />}
        <Time label={strings.lastSuccess} at={lastSuccessAt} />
        <dt>{strings.storedIn}</dt>
        <dd>{strings.rungs[status.rung]}</dd>
      </dl>
      {level !== 'off' && level !== 'signed-out' && (
        <button
          type="button"
          className="button button-wide"
          disabled={isAsking}
          onClick={() => {
            setAsking(true)
            const done = () => setAsking(false)
            // How it went is in the status above.
            sync.syncNow().then(done, done)
          }}
        >
          {isAsking ? strings.syncing : strings.syncNow}
        </button>
      )}
    </>
  )
}

function Time({ label, at }: { readonly label: string; readonly at: number | null }) {
  const strings = useStrings()
  return (
    <>
      <dt>{label}</dt>
      <dd>{at === null ? strings.never : shortTime(at)}</dd>
    </>
  )
}

/** The hour, with seconds because attempts are seconds apart; the date too when it is not today. */
function shortTime(at: number): string {
  const date = new Date(at)
  const isToday = date.toDateString() === new Date().toDateString()
  return date.toLocaleString(document.documentElement.lang, {
    timeStyle: 'medium',
    ...(isToday ? {} : { dateStyle: 'short' }),
  })
}
