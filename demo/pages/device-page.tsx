import { useState } from 'react'
import { AccountProvider, useAccount } from '../account/account.tsx'
import { type Decision, decideDevice, findDevice } from '../account/device-api.ts'
import { SignInDialog } from '../account/sign-in-dialog.tsx'
import { Problem, useTask } from '../account/task.tsx'
import { useStrings } from '../strings/use-strings.ts'
import { PageFrame } from './page-frame.tsx'

/** `/device`: where a person signs in a program that showed a code. Nothing is approved without a look and a click. */
export function DevicePage() {
  const strings = useStrings()
  return (
    <AccountProvider>
      <PageFrame title={strings.deviceTitle}>
        <Steps />
      </PageFrame>
    </AccountProvider>
  )
}

type Asked = { readonly code: string; readonly client: string }

function Steps() {
  const strings = useStrings()
  const { user } = useAccount()
  const [isSigningIn, setSigningIn] = useState(false)
  const [asked, setAsked] = useState<Asked | null>(null)
  const [done, setDone] = useState<Decision | null>(null)
  if (user == null) {
    return (
      <>
        <p className="page-text">{strings.deviceSignInFirst}</p>
        <button
          type="button"
          className="button button-primary button-wide"
          onClick={() => setSigningIn(true)}
        >
          {strings.signIn}
        </button>
        <SignInDialog isOpen={isSigningIn} onClose={() => setSigningIn(false)} />
      </>
    )
  }
  if (done !== null) {
    return (
      <p className="page-text" role="status">
        {done === 'approve' ? strings.deviceApproved : strings.deviceDenied}
      </p>
    )
  }
  return asked === null ? (
    <CodeForm onFound={setAsked} />
  ) : (
    <Decide asked={asked} email={user.email} onDone={setDone} onBack={() => setAsked(null)} />
  )
}

function CodeForm({ onFound }: { onFound(asked: Asked): void }) {
  const strings = useStrings()
  const { problem, isWorking, run } = useTask()
  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault()
        const code = String(new FormData(event.currentTarget).get('code') ?? '').trim()
        void run(async () => onFound({ code, client: await findDevice(code) }))
      }}
    >
      <label className="field">
        <span className="field-label">{strings.deviceCode}</span>
        <input
          className="input page-code"
          name="code"
          defaultValue={new URLSearchParams(location.search).get('user_code') ?? ''}
          autoComplete="one-time-code"
          autoCapitalize="characters"
          spellCheck={false}
          maxLength={20}
          required
          aria-describedby="device-hint"
        />
        <span className="field-hint" id="device-hint">
          {strings.deviceHint}
        </span>
      </label>
      <Problem text={problem} />
      <button type="submit" className="button button-primary button-wide" disabled={isWorking}>
        {isWorking ? strings.working : strings.goOn}
      </button>
    </form>
  )
}

function Decide(props: {
  readonly asked: Asked
  readonly email: string
  onDone(decision: Decision): void
  onBack(): void
}) {
  const { asked, email, onDone, onBack } = props
  const strings = useStrings()
  const { problem, isWorking, run } = useTask()
  const decide = (decision: Decision) =>
    void run(async () => {
      await decideDevice(asked.code, decision)
      onDone(decision)
    })
  return (
    <div className="stack">
      <dl className="page-facts">
        <dt>{strings.deviceProgram}</dt>
        <dd>{asked.client}</dd>
        <dt>{strings.deviceCode}</dt>
        <dd className="page-code">{asked.code.toUpperCase()}</dd>
        <dt>{strings.account}</dt>
        <dd>{email}</dd>
      </dl>
      <p className="page-text">{strings.deviceWarning}</p>
      <Problem text={problem} />
      <div className="page-actions">
        <button type="button" className="button" disabled={isWorking} onClick={() => decide('deny')}>
          {strings.deviceDeny}
        </button>
        <button
          type="button"
          className="button button-primary"
          disabled={isWorking}
          onClick={() => decide('approve')}
        >
          {isWorking ? strings.working : strings.deviceAllow}
        </button>
      </div>
      <button type="button" className="button button-quiet button-wide" onClick={onBack}>
        {strings.deviceOtherCode}
      </button>
    </div>
  )
}
