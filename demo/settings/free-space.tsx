import { useChatkeep, useSyncStatus } from 'chatkeep/react'
import { useState } from 'react'
import { useStrings } from '../strings/use-strings.ts'

/** Leaves chats in the cloud that nobody has in hand, and says how many are there only. */
export function FreeSpace() {
  const strings = useStrings()
  const { client } = useChatkeep()
  const { status } = useSyncStatus()
  const [isBusy, setBusy] = useState(false)
  const [isNothingLeft, setNothingLeft] = useState(false)
  if (status === null || status.accountId === null || status.sync.state === 'off') return null
  const { freed } = status.sync
  const hint = isNothingLeft
    ? strings.nothingToFree
    : freed === undefined
      ? strings.freeSpaceHint
      : strings.freedChats(freed.conversationCount)

  async function free(): Promise<void> {
    setBusy(true)
    try {
      const done = await client?.freeSpace()
      setNothingLeft(done?.conversationCount === 0)
    } finally {
      setBusy(false)
    }
  }

  return (
    <div className="settings-row">
      <p className="settings-text" role="status">
        {hint}
      </p>
      <button
        type="button"
        className="button button-small"
        disabled={isBusy}
        onClick={() => void free().catch(() => {})}
      >
        {strings.freeSpace}
      </button>
    </div>
  )
}
