import { Dialog } from '@base-ui/react/dialog'
import { useState } from 'react'
import { useStrings } from '../strings/use-strings.ts'
import { useAccount } from './account.tsx'
import { downloadAccount } from './download-account.ts'
import { Problem, useTask } from './task.tsx'

/** What a person may always do with an account: take everything along, or delete it. */
export function AccountDialog({ isOpen, onClose }: { readonly isOpen: boolean; onClose(): void }) {
  const strings = useStrings()
  const { user } = useAccount()
  return (
    <Dialog.Root open={isOpen} onOpenChange={(open) => !open && onClose()}>
      <Dialog.Portal>
        <Dialog.Backdrop className="backdrop" />
        <Dialog.Popup className="dialog">
          <Dialog.Title className="dialog-title">{strings.account}</Dialog.Title>
          <Dialog.Description className="dialog-text">{user?.email}</Dialog.Description>
          <Choices onDone={onClose} />
          <Dialog.Close className="dialog-cancel">{strings.close}</Dialog.Close>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  )
}

/** Goes with the popup: whoever opens it next begins at the beginning. */
function Choices({ onDone }: { onDone(): void }) {
  const strings = useStrings()
  const { accountId } = useAccount()
  const { isWorking, problem, run } = useTask()
  const [isDeleting, setDeleting] = useState(false)
  if (isDeleting) return <DeleteForm onDone={onDone} onBack={() => setDeleting(false)} />
  return (
    <div className="stack">
      <button
        type="button"
        className="button button-wide"
        disabled={isWorking || accountId === null}
        onClick={() => void run(() => downloadAccount(accountId ?? ''))}
      >
        {isWorking ? strings.working : strings.exportAccount}
      </button>
      <p className="field-hint">{strings.exportAccountHint}</p>
      <Problem text={problem} />
      <button
        type="button"
        className="button button-wide"
        data-tone="danger"
        onClick={() => setDeleting(true)}
      >
        {strings.deleteAccount}
      </button>
    </div>
  )
}

function DeleteForm({ onDone, onBack }: { onDone(): void; onBack(): void }) {
  const strings = useStrings()
  const { deleteAccount } = useAccount()
  const { isWorking, problem, run } = useTask()
  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault()
        const password = String(new FormData(event.currentTarget).get('password'))
        void run(async () => {
          await deleteAccount(password)
          onDone()
        })
      }}
    >
      <p className="dialog-text">{strings.deleteAccountHint}</p>
      <label className="field">
        <span className="field-label">{strings.password}</span>
        <input className="input" name="password" type="password" autoComplete="current-password" required />
      </label>
      <Problem text={problem} />
      <div className="dialog-actions">
        <button type="button" className="button" onClick={onBack}>
          {strings.cancel}
        </button>
        <button type="submit" className="button button-danger" disabled={isWorking}>
          {isWorking ? strings.working : strings.deleteAccountNow}
        </button>
      </div>
    </form>
  )
}
