import { useChatkeep } from 'chatkeep/react'
import { useEffect, useState } from 'react'
import { useStrings } from '../strings/use-strings.ts'
import { FreeSpace } from './free-space.tsx'

type Usage = { readonly usedBytes: number; readonly quotaBytes: number }

/** How much this site stores, and whether the browser promised to keep it. */
export function StorageUsage() {
  const strings = useStrings()
  const { client } = useChatkeep()
  const [usage, setUsage] = useState<Usage | null>(null)
  const [isPersisted, setPersisted] = useState(client?.capabilities.persisted)
  const [isRefused, setRefused] = useState(false)

  useEffect(() => {
    let isCurrent = true
    const read = async () => {
      const estimate = await navigator.storage?.estimate?.()
      const persisted = await navigator.storage?.persisted?.()
      if (!isCurrent) return
      if (estimate?.usage !== undefined && estimate.quota !== undefined) {
        setUsage({ usedBytes: estimate.usage, quotaBytes: estimate.quota })
      }
      setPersisted(persisted)
    }
    // A browser that does not say leaves the text that says so.
    read().catch(() => {})
    return () => {
      isCurrent = false
    }
  }, [])

  return (
    <section className="settings-part">
      <h3 className="field-label">{strings.storage}</h3>
      {usage === null ? (
        <p className="settings-text">{strings.storageUnknown}</p>
      ) : (
        <>
          <meter className="usage" min={0} max={usage.quotaBytes} value={usage.usedBytes} />
          <p className="settings-text">{strings.used(bytes(usage.usedBytes), bytes(usage.quotaBytes))}</p>
        </>
      )}
      {isPersisted !== undefined && (
        <div className="settings-row">
          <p className="settings-text">
            {isPersisted ? strings.persisted : isRefused ? strings.persistenceRefused : strings.notPersisted}
          </p>
          {!isPersisted && (
            <button
              type="button"
              className="button button-small"
              onClick={async () => {
                const isGranted = (await client?.requestPersistence()) ?? false
                setPersisted(isGranted)
                setRefused(!isGranted)
              }}
            >
              {strings.requestPersistence}
            </button>
          )}
        </div>
      )}
      <FreeSpace />
    </section>
  )
}

function bytes(count: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB']
  const power = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(count, 1)) / 3))
  return `${(count / 1000 ** power).toLocaleString(document.documentElement.lang, { maximumFractionDigits: 1 })} ${units[power]}`
}
