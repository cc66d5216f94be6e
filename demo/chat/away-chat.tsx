import { CloudIcon } from '../icons.tsx'
import { useStrings } from '../strings/use-strings.ts'
import type { Chat } from './chat.ts'

/** Whether the messages are in the cloud only and cannot be had now. */
export const isAway = ({ messages, restoreError }: Chat): boolean =>
  messages.length === 0 && restoreError?.code.startsWith('sync/') === true

/** A chat that the list knows and this device does not hold. */
export function AwayChat({ chat }: { readonly chat: Chat }) {
  const strings = useStrings()
  // What it fails with is shown here again.
  const retry = () => void chat.session.refresh().catch(() => {})
  return (
    <div className="empty" role="alert">
      <div className="away-mark" aria-hidden="true">
        <CloudIcon />
      </div>
      <h2 className="empty-title">{strings.away}</h2>
      <p className="empty-hint">{strings.notHereYet}</p>
      <button type="button" className="button away-retry" onClick={retry}>
        {strings.retry}
      </button>
    </div>
  )
}
