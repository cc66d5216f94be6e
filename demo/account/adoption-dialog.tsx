import { AlertDialog } from '@base-ui/react/alert-dialog'
import { useState } from 'react'
import { useStrings } from '../strings/use-strings.ts'
import { useAccount } from './account.tsx'

/** Asks once after signing in whether the account takes what was written here before. */
export function AdoptionDialog() {
  const strings = useStrings()
  const { offeredCount, answerOffer } = useAccount()
  const [isWorking, setWorking] = useState(false)

  function answer(adopt: boolean): void {
    setWorking(true)
    // What could not be moved stays where it was, and is offered after the next sign-in.
    answerOffer(adopt)
      .catch(() => {})
      .finally(() => setWorking(false))
  }

  return (
    <AlertDialog.Root open={offeredCount > 0}>
      <AlertDialog.Portal>
        <AlertDialog.Backdrop className="backdrop" />
        <AlertDialog.Popup className="dialog dialog-small">
          <AlertDialog.Title className="dialog-title">{strings.adoptTitle(offeredCount)}</AlertDialog.Title>
          <AlertDialog.Description className="dialog-text">{strings.adoptHint}</AlertDialog.Description>
          <div className="dialog-actions">
            <button type="button" className="button" disabled={isWorking} onClick={() => answer(false)}>
              {strings.adoptNo}
            </button>
            <button
              type="button"
              className="button button-primary"
              disabled={isWorking}
              onClick={() => answer(true)}
            >
              {isWorking ? strings.working : strings.adoptYes}
            </button>
          </div>
        </AlertDialog.Popup>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  )
}
