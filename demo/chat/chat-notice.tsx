import { WarningIcon } from '../icons.tsx'
import { useStrings } from '../strings/use-strings.ts'
import { isAway } from './away-chat.tsx'
import type { Chat } from './chat.ts'

/** What keeps the chat from going on, with the way out: not saved, not answered, cannot be read. */
export function ChatNotice({ chat }: { readonly chat: Chat }) {
  const strings = useStrings()
  const { unanswered, isLoading, error, saveError, restoreError, session } = chat
  // What a retry can fail with is shown again by this notice.
  const retry = () => void (restoreError === null ? chat.reload() : session.refresh()).catch(() => {})
  if (isLoading || (isAway(chat) && saveError === null)) return null
  if (saveError !== null || restoreError !== null) {
    const code = (saveError ?? restoreError)?.code
    const text = code?.startsWith('sync/')
      ? strings.notHereYet
      : code === 'storage/quota'
        ? strings.diskFull
        : strings.storageProblem
    return (
      <Notice tone="danger" onRetry={retry}>
        <strong>{text}</strong>
        {saveError !== null && <span> {strings.notSaved}</span>}
      </Notice>
    )
  }
  if (unanswered !== null) {
    const text = {
      offline: strings.unansweredOffline,
      error: strings.unansweredError,
      stopped: strings.unansweredStopped,
      unknown: strings.unansweredUnknown,
    }[unanswered.reason]
    return (
      <Notice tone={unanswered.reason === 'error' ? 'danger' : 'neutral'} onRetry={retry}>
        {text}
      </Notice>
    )
  }
  if (error !== undefined) {
    return (
      <Notice tone="danger" onRetry={retry}>
        {strings.failed}
      </Notice>
    )
  }
  return null
}

function Notice({
  tone,
  children,
  onRetry,
}: {
  readonly tone: 'danger' | 'neutral'
  readonly children: React.ReactNode
  onRetry(): void
}) {
  const strings = useStrings()
  return (
    <div className="notice" data-tone={tone} role="alert">
      <WarningIcon />
      <p>{children}</p>
      <button type="button" className="button button-small" onClick={onRetry}>
        {strings.retry}
      </button>
    </div>
  )
}
