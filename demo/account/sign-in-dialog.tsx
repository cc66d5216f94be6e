import { Dialog } from '@base-ui/react/dialog'
import { useRef, useState } from 'react'
import { useStrings } from '../strings/use-strings.ts'
import { useAccount } from './account.tsx'
import { askForReset as sendResetLetter } from './auth-api.ts'
import { Problem, useTask } from './task.tsx'

export function SignInDialog({ isOpen, onClose }: { readonly isOpen: boolean; onClose(): void }) {
  const strings = useStrings()
  return (
    <Dialog.Root open={isOpen} onOpenChange={(open) => !open && onClose()}>
      <Dialog.Portal>
        <Dialog.Backdrop className="backdrop" />
        <Dialog.Popup className="dialog">
          <SignInForm onDone={onClose} />
          <Dialog.Close className="dialog-cancel">{strings.cancel}</Dialog.Close>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  )
}

function SignInForm({ onDone }: { onDone(): void }) {
  const strings = useStrings()
  const account = useAccount()
  const [isNew, setNew] = useState(false)
  const { isWorking, problem, run, forget } = useTask()
  const [isLetterSent, setLetterSent] = useState(false)
  const emailField = useRef<HTMLInputElement>(null)

  function askForReset(): void {
    const field = emailField.current
    if (field === null || !field.reportValidity()) return
    void run(async () => {
      await sendResetLetter(field.value)
      setLetterSent(true)
    })
  }

  function submit(form: FormData): void {
    const text = (name: string) => String(form.get(name) ?? '').trim()
    const credentials = { email: text('email'), password: String(form.get('password')) }
    void run(async () => {
      const name = text('name')
      if (isNew) await account.signUp({ ...credentials, ...(name === '' ? {} : { name }) })
      else await account.signIn(credentials)
      onDone()
    })
  }

  return (
    <>
      <Dialog.Title className="dialog-title">
        {isNew ? strings.signUpTitle : strings.signInTitle}
      </Dialog.Title>
      <Dialog.Description className="dialog-text">{strings.signInHint}</Dialog.Description>
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault()
          submit(new FormData(event.currentTarget))
        }}
      >
        {isNew && (
          <label className="field">
            <span className="field-label">{strings.name}</span>
            <input className="input" name="name" autoComplete="name" />
          </label>
        )}
        <label className="field">
          <span className="field-label">{strings.email}</span>
          <input ref={emailField} className="input" name="email" type="email" autoComplete="email" required />
        </label>
        <label className="field">
          <span className="field-label">{strings.password}</span>
          <input
            className="input"
            name="password"
            type="password"
            autoComplete={isNew ? 'new-password' : 'current-password'}
            minLength={8}
            required
          />
          {isNew && <span className="field-hint">{strings.passwordHint}</span>}
        </label>
        <Problem text={problem} />
        {isLetterSent && (
          <p className="field-hint" role="status">
            {strings.letterSent}
          </p>
        )}
        <button type="submit" className="button button-primary button-wide" disabled={isWorking}>
          {isWorking ? strings.working : isNew ? strings.signUp : strings.signIn}
        </button>
        <button
          type="button"
          className="button button-quiet button-wide"
          onClick={() => {
            setNew(!isNew)
            setLetterSent(false)
            forget()
          }}
        >
          {isNew ? strings.haveAccount : strings.needAccount}
        </button>
        {!isNew && (
          <button
            type="button"
            className="button button-quiet button-wide"
            disabled={isWorking}
            onClick={askForReset}
          >
            {strings.forgotPassword}
          </button>
        )}
      </form>
    </>
  )
}
