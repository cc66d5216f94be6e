import { AlertDialog } from '@base-ui/react/alert-dialog'
import { useChatkeep, useSyncStatus } from 'chatkeep/react'
import { useState } from 'react'
import { downloadAsJson } from '../export/download-chats.ts'
import { useStrings } from '../strings/use-strings.ts'
import { useAccount } from './account.tsx'
import { Problem, useTask } from './task.tsx'

/** Says what happens to changes that are not in the cloud yet before the account is left, and offers what can be done about them. */
export function SignOutDialog({ isOpen, onClose }: { readonly isOpen: boolean; onClose(): void }) {
  const strings = useStrings()
  const { pendingCount } = useSyncStatus()
  return (
    <AlertDialog.Root open={isOpen} onOpenChange={(open) => !open && onClose()}>
      <AlertDialog.Portal>
        <AlertDialog.Backdrop className="backdrop" />
        <AlertDialog.Popup className="dialog dialog-small">
          <AlertDialog.Title className="dialog-title">{strings.signOut}</AlertDialog.Title>
          <AlertDialog.Description className="dialog-text">
            {pendingCount > 0 ? strings.signOutPending(pendingCount) : strings.signOutClean}
          </AlertDialog.Description>
          <Choices onDone={onClose} />
        </AlertDialog.Popup>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  )
}

/** Goes with the popup: nothing is removed because it was ticked once and then cancelled. */
function Choices({ onDone }: { onDone(): void }) {
  const strings = useStrings()
  const { signOut } = useAccount()
  const { ready } = useChatkeep()
  const { pendingCount, syncNow } = useSyncStatus()
  const { isWorking, problem, run } = useTask()
  const [isRemoving, setRemoving] = useState(false)

  const leave = () =>
    void run(async () => {
      await signOut({ remove: isRemoving })
      onDone()
    })
  const save = () => void run(async () => downloadAsJson(await ready))

  return (
    <>
      <Problem text={problem} />
      <div className="dialog-choices">
        {pendingCount > 0 && (
          <button type="button" className="button" disabled={isWorking} onClick={() => void run(syncNow)}>
            {strings.uploadFirst}
          </button>
        )}
        <button type="button" className="button" disabled={isWorking} onClick={save}>
          {strings.exportChats}
        </button>
        <label className="settings-check">
          <input
            type="checkbox"
            checked={isRemoving}
            onChange={(event) => setRemoving(event.target.checked)}
          />
          <span>{strings.removeHere}</span>
        </label>
        <Problem text={isRemoving && pendingCount > 0 ? strings.removeLoses(pendingCount) : null} />
      </div>
      <div className="dialog-actions">
        <AlertDialog.Close className="button">{strings.cancel}</AlertDialog.Close>
        <button
          type="button"
          className={isRemoving ? 'button button-danger' : 'button button-primary'}
          disabled={isWorking}
          onClick={leave}
        >
          {isRemoving ? strings.signOutAndRemove : strings.signOut}
        </button>
      </div>
    </>
  )
}
