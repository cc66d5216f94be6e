import { Toast } from '@base-ui/react/toast'
import { useChatkeep, useSyncStatus } from 'chatkeep/react'
import { useEffect, useRef, useState } from 'react'
import { GoneBanner } from './account/gone-banner.tsx'
import { WarningIcon } from './icons.tsx'
import { AutomationBanner } from './settings/automation.tsx'
import { useStrings } from './strings/use-strings.ts'

/** What concerns the whole app: a new version, a lesser place to store, chats brought over. */
export function Banners() {
  const strings = useStrings()
  const { client } = useChatkeep()
  const { status } = useSyncStatus()
  const [dismissed, setDismissed] = useState<string | null>(null)
  useMigrationToast(status?.migration?.importedConversations ?? 0)
  const { degraded, rung } = status ?? {}
  return (
    <div className="banners" role="status">
      <GoneBanner />
      <AutomationBanner />
      {status?.updateReady === true && (
        <p className="banner" data-tone="accent">
          <span>{strings.updateReady}</span>
          <button
            type="button"
            className="button button-primary button-small"
            onClick={() => void client?.applyUpdate()}
          >
            {strings.update}
          </button>
        </p>
      )}
      {degraded != null &&
        rung !== undefined &&
        rung !== 'worker+indexeddb' &&
        degraded.code !== dismissed && (
          <div className="banner" data-tone={rung === 'page+indexeddb' ? 'neutral' : 'warning'}>
            <WarningIcon />
            <details>
              <summary>
                {strings.degraded[rung]} <u>{strings.why}</u>
              </summary>
              <p className="banner-detail">
                {degraded.message} {degraded.remedy}
              </p>
            </details>
            <button type="button" className="button button-small" onClick={() => setDismissed(degraded.code)}>
              {strings.dismiss}
            </button>
          </div>
        )}
    </div>
  )
}

function useMigrationToast(count: number): void {
  const strings = useStrings()
  const { add } = Toast.useToastManager()
  const announced = useRef(0)
  useEffect(() => {
    if (count === 0 || announced.current === count) return
    announced.current = count
    add({ title: strings.migrated(count) })
  }, [count, add, strings])
}
