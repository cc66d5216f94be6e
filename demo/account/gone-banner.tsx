import { useChatkeep, useSyncStatus } from 'chatkeep/react'
import { downloadAsJson } from '../export/download-chats.ts'
import { WarningIcon } from '../icons.tsx'
import { useStrings } from '../strings/use-strings.ts'
import { useAccount } from './account.tsx'
import { Problem, useTask } from './task.tsx'

/** On a device whose account was deleted elsewhere: what is here is still here, to be taken along. */
export function GoneBanner() {
  const strings = useStrings()
  const { client } = useChatkeep()
  const { status } = useSyncStatus()
  const { leave } = useAccount()
  const { isWorking, problem, run } = useTask()
  if (client === null || status?.sync.lastError?.code !== 'account/gone') return null
  return (
    <div className="banner" data-tone="warning">
      <WarningIcon />
      <p>{strings.accountGone}</p>
      <Problem text={problem} />
      <button
        type="button"
        className="button button-small"
        disabled={isWorking}
        onClick={() => void run(() => downloadAsJson(client))}
      >
        {strings.exportDevice}
      </button>
      <button
        type="button"
        className="button button-small"
        disabled={isWorking}
        onClick={() => void run(leave)}
      >
        {strings.leaveAccount}
      </button>
    </div>
  )
}
