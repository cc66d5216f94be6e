import { useChatkeep, useSyncStatus } from 'chatkeep/react'
import { useState } from 'react'
import { Problem, useTask } from '../account/task.tsx'
import { WarningIcon } from '../icons.tsx'
import { useStrings } from '../strings/use-strings.ts'

/** In the settings: whether old conversations are tidied away now, why not, and what only a person can allow. */
export function AutomationNote() {
  const { text, isAsking, confirm } = useAutomation()
  if (text === null) return null
  return (
    <div className="settings-note" data-tone={isAsking ? 'warning' : 'neutral'} role="status">
      <p className="settings-text">{text}</p>
      {confirm}
    </div>
  )
}

/** Over the chats: only what waits for a person, who may not look at the settings for a long time. */
export function AutomationBanner() {
  const strings = useStrings()
  const { text, isAsking, confirm } = useAutomation()
  const [dismissed, setDismissed] = useState<string | null>(null)
  if (text === null || !isAsking || dismissed === text) return null
  return (
    <div className="banner" data-tone="warning">
      <WarningIcon />
      <p>{text}</p>
      {confirm}
      <button type="button" className="button button-small" onClick={() => setDismissed(text)}>
        {strings.tidyLater}
      </button>
    </div>
  )
}

function useAutomation() {
  const strings = useStrings()
  const { client } = useChatkeep()
  const { status } = useSyncStatus()
  const { isWorking, problem, run } = useTask()
  const automation = status?.sync.automation
  if (client === null || automation === undefined) return { text: null, isAsking: false, confirm: null }
  const { state, waitingCount } = automation
  const isAsking = state === 'asking' || state === 'suspended'
  const confirm = isAsking && (
    <>
      <button
        type="button"
        className="button button-small"
        disabled={isWorking}
        onClick={() => void run(() => client.confirmAutomation())}
      >
        {state === 'asking' ? strings.tidyAllow(waitingCount) : strings.tidyGoOn}
      </button>
      <Problem text={problem} />
    </>
  )
  return { text: strings.tidyStates[state](waitingCount), isAsking, confirm }
}
