import { AlertDialog } from '@base-ui/react/alert-dialog'
import { useSyncStatus } from 'chatkeep/react'
import { useState } from 'react'
import { useStrings } from '../strings/use-strings.ts'
import { useAccount } from './account.tsx'
import { AuthError } from './auth-api.ts'

/** Says what happens to changes that are not in the cloud yet before the account is left. */
export function SignOutDialog({ isOpen, onClose }: { readonly isOpen: boolean; onClose(): void }) {
  const strings = useStrings()
  const { signOut } = useAccount()
  const { pendingCount, syncNow } = useSyncStatus()
  const [isWorking, setWorking] = useState(false)
  const [problem, setProblem] = useState<string | null>(null)

  async function run(act: () => Promise<unknown>): Promise<void> {
    setWorking(true)
    setProblem(null)
    try {
      await act()
    } catch (error) {
      const isUnreachable = error instanceof AuthError && error.isUnreachable
      setProblem(isUnreachable ? strings.authOffline : error instanceof Error ? error.message : String(error))
    } finally {
      setWorking(false)
    }
  }

  return (
    <AlertDialog.Root open={isOpen} onOpenChange={(open) => !open && onClose()}>
      <AlertDialog.Portal>
        <AlertDialog.Backdrop className="backdrop" />
        <AlertDialog.Popup className="dialog dialog-small">
          <AlertDialog.Title className="dialog-title">{strings.signOut}</AlertDialog.Title>
          <AlertDialog.Description className="dialog-text">
            {pendingCount > 0 ? strings.signOutPending(pendingCount) : strings.signOutClean}
          </AlertDialog.Description>
          {problem !== null && (
            <p className="field-problem" role="alert">
              {problem}
            </p>
          )}
          <div className="dialog-actions">
            <AlertDialog.Close className="button">{strings.cancel}</AlertDialog.Close>
            {pendingCount > 0 && (
              <button type="button" className="button" disabled={isWorking} onClick={() => void run(syncNow)}>
                {strings.uploadFirst}
              </button>
            )}
            <button
              type="button"
              className="button button-primary"
              disabled={isWorking}
              onClick={() =>
                void run(async () => {
                  await signOut()
                  onClose()
                })
              }
            >
              {strings.signOut}
            </button>
          </div>
        </AlertDialog.Popup>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  )
}
