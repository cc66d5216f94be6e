import { useChatkeep, useSyncStatus } from 'chatkeep/react'
import { useEffect, useState } from 'react'
import { usePlace } from '../navigation.ts'
import { useStrings } from '../strings/use-strings.ts'

type Client = NonNullable<ReturnType<typeof useChatkeep>['client']>
type Settings = Awaited<ReturnType<Client['syncSettings']>>

type Change = Parameters<Client['changeSyncSettings']>[0]

const MINUTE_MS = 60_000
const INTERVALS_MS = [null, MINUTE_MS, 5 * MINUTE_MS, 30 * MINUTE_MS]

/** Sync as a whole, of this project, and how often the cloud is asked beside what happens. */
export function SyncSettings() {
  const strings = useStrings()
  const { client } = useChatkeep()
  const { status } = useSyncStatus()
  const { projectId } = usePlace()
  const [settings, setSettings] = useState<Settings | null>(null)
  const [hasFailed, setFailed] = useState(false)
  const accountId = status?.accountId ?? null

  // biome-ignore lint/correctness/useExhaustiveDependencies: another account has settings of its own.
  useEffect(() => {
    let isCurrent = true
    client?.syncSettings().then(
      (read) => isCurrent && setSettings(read),
      () => isCurrent && setFailed(true),
    )
    return () => {
      isCurrent = false
    }
  }, [client, accountId])

  if (client === null) return null
  if (settings === null)
    return hasFailed ? (
      <p className="settings-part settings-text" role="alert">
        {strings.storageProblem}
      </p>
    ) : null
  if (accountId === null) return <p className="settings-part settings-text">{strings.syncNeedsAccount}</p>
  const change = (wanted: Change) => {
    setFailed(false)
    setSettings(changed(settings, wanted)) // At once: a box that is clicked does not wait for the disk.
    client.changeSyncSettings(wanted).then(setSettings, () => {
      setSettings(settings)
      setFailed(true)
    })
  }
  return (
    <fieldset className="settings-part">
      <legend className="field-label">{strings.sync}</legend>
      <label className="settings-check">
        <input
          type="checkbox"
          checked={settings.enabled}
          onChange={(event) => change({ enabled: event.target.checked })}
        />
        <span>{strings.syncEverything}</span>
      </label>
      <label className="settings-check">
        <input
          type="checkbox"
          disabled={!settings.enabled}
          checked={!settings.disabledProjects.includes(projectId)}
          onChange={(event) => change({ project: { projectId, enabled: event.target.checked } })}
        />
        <span>{strings.syncProject}</span>
      </label>
      <label className="settings-row">
        <span>{strings.syncInterval}</span>
        <select
          className="input input-select"
          disabled={!settings.enabled}
          value={settings.intervalMs ?? ''}
          onChange={({ target }) => change({ intervalMs: target.value === '' ? null : Number(target.value) })}
        >
          {INTERVALS_MS.map((intervalMs) => (
            <option key={intervalMs} value={intervalMs ?? ''}>
              {strings.everyMinutes(intervalMs === null ? null : intervalMs / MINUTE_MS)}
            </option>
          ))}
        </select>
      </label>
      <p className="settings-text" role={hasFailed ? 'alert' : undefined}>
        {hasFailed ? strings.storageProblem : strings.syncOffHint}
      </p>
    </fieldset>
  )
}

function changed(settings: Settings, { enabled, project, intervalMs }: Change): Settings {
  const others = settings.disabledProjects.filter((id) => id !== project?.projectId)
  return {
    ...settings,
    ...(enabled === undefined ? {} : { enabled }),
    ...(intervalMs === undefined ? {} : { intervalMs }),
    ...(project === undefined
      ? {}
      : { disabledProjects: project.enabled ? others : [...others, project.projectId] }),
  }
}
