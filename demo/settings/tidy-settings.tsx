import type { RetentionPolicy } from 'chatkeep'
import { useChatkeep, useSyncStatus } from 'chatkeep/react'
import { useEffect, useState } from 'react'
import { usePlace } from '../navigation.ts'
import { nameOfProject } from '../projects.ts'
import { useStrings } from '../strings/use-strings.ts'
import { AutomationNote } from './automation.tsx'

const RULES = ['archiveAfterDays', 'trashAfterDays', 'purgeAfterDays'] as const
const DAYS = [7, 30, 90, 180, 365]

/** What becomes of this project's old conversations by itself. */
export function TidySettings() {
  const strings = useStrings()
  const { client } = useChatkeep()
  const { status } = useSyncStatus()
  const { projectId } = usePlace()
  const [policy, setPolicy] = useState<RetentionPolicy | null>(null)
  const [hasFailed, setFailed] = useState(false)
  const accountId = status?.accountId ?? null

  // biome-ignore lint/correctness/useExhaustiveDependencies: another account has rules of its own.
  useEffect(() => {
    let isCurrent = true
    client?.getRetention(projectId).then(
      (read) => isCurrent && setPolicy(read),
      () => isCurrent && setFailed(true),
    )
    return () => {
      isCurrent = false
    }
  }, [client, projectId, accountId])

  if (client === null) return null
  if (policy === null)
    return hasFailed ? (
      <p className="settings-part settings-text" role="alert">
        {strings.storageProblem}
      </p>
    ) : null
  const change = (wanted: RetentionPolicy) => {
    setFailed(false)
    setPolicy(wanted) // At once: a list that was chosen from does not wait for the disk.
    client.setRetention(wanted, { projectId }).catch(() => {
      setPolicy(policy)
      setFailed(true)
    })
  }
  return (
    <fieldset className="settings-part">
      <legend className="field-label">{strings.tidy(nameOfProject(projectId, strings))}</legend>
      {RULES.map((rule) => (
        <label key={rule} className="settings-row">
          <span>{strings.tidyRules[rule]}</span>
          <select
            className="input input-select"
            value={policy[rule] ?? ''}
            onChange={({ target }) =>
              change({ ...policy, [rule]: target.value === '' ? null : Number(target.value) })
            }
          >
            <option value="">{strings.tidyNever}</option>
            {choices(policy[rule]).map((days) => (
              <option key={days} value={days}>
                {strings.afterDays(days)}
              </option>
            ))}
          </select>
        </label>
      ))}
      <p className="settings-text" role={hasFailed ? 'alert' : undefined}>
        {hasFailed ? strings.storageProblem : strings.tidyHint}
      </p>
      <AutomationNote />
    </fieldset>
  )
}

/** The usual ones, and what is set, by whomever. */
function choices(current: number | null | undefined): readonly number[] {
  return current == null ? DAYS : [...new Set([...DAYS, current])].sort((a, b) => a - b)
}
