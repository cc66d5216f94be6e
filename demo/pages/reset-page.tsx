import { useState } from 'react'
import { resetPassword } from '../account/auth-api.ts'
import { Problem, useTask } from '../account/task.tsx'
import { useStrings } from '../strings/use-strings.ts'
import { PageFrame } from './page-frame.tsx'

/** `/reset-password?token=…`: where the link of a letter leads. */
export function ResetPage() {
  const strings = useStrings()
  const [isDone, setDone] = useState(false)
  const { isWorking, problem, run } = useTask()
  const token = new URLSearchParams(location.search).get('token') ?? ''
  return (
    <PageFrame title={strings.resetTitle}>
      {isDone ? (
        <p className="page-text" role="status">
          {strings.resetDone}
        </p>
      ) : (
        <form
          className="stack"
          onSubmit={(event) => {
            event.preventDefault()
            const password = String(new FormData(event.currentTarget).get('password'))
            void run(async () => {
              await resetPassword(token, password)
              setDone(true)
            })
          }}
        >
          <label className="field">
            <span className="field-label">{strings.newPassword}</span>
            <input
              className="input"
              name="password"
              type="password"
              autoComplete="new-password"
              minLength={8}
              required
              aria-describedby="password-hint"
            />
            <span className="field-hint" id="password-hint">
              {strings.passwordHint}
            </span>
          </label>
          <Problem text={problem} />
          <button type="submit" className="button button-primary button-wide" disabled={isWorking}>
            {isWorking ? strings.working : strings.save}
          </button>
        </form>
      )}
    </PageFrame>
  )
}
