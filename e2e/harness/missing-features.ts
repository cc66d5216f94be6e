import type { BrowserContext } from '@playwright/test'
import type { TabOptions } from './tab.ts'

/** What a page may have to do without. `indexeddb-open`: it is there, and opening a database fails. */
export type Feature =
  | 'worker'
  | 'indexeddb'
  | 'indexeddb-open'
  | 'local-storage'
  | 'locks'
  | 'broadcast-channel'

/** Pages of this profile lack what their address says (`without`), from before their first script on. */
export async function letFeaturesMiss(context: BrowserContext): Promise<void> {
  await context.addInitScript(() => {
    const missing = new URLSearchParams(location.search).get('without')?.split(',') ?? []
    const refuse = (): never => {
      throw new DOMException('Access is denied for this document.', 'SecurityError')
    }
    const replace = (owner: object, name: string, get: () => unknown) =>
      Object.defineProperty(owner, name, { configurable: true, get })
    if (missing.includes('worker')) replace(Navigator.prototype, 'serviceWorker', () => undefined)
    if (missing.includes('indexeddb')) replace(window, 'indexedDB', () => undefined)
    if (missing.includes('local-storage')) replace(window, 'localStorage', refuse)
    if (missing.includes('locks')) replace(Navigator.prototype, 'locks', () => undefined)
    if (missing.includes('broadcast-channel')) replace(window, 'BroadcastChannel', () => undefined)
    if (missing.includes('indexeddb-open')) {
      const open = IDBFactory.prototype.open
      Object.assign(window, { mendIndexedDb: () => Object.assign(IDBFactory.prototype, { open }) })
      IDBFactory.prototype.open = function () {
        const request = open.call(this, `broken-${Math.random()}`, 1)
        request.addEventListener('upgradeneeded', () => request.transaction?.abort())
        return request
      }
    }
  })
}

/** Options of a tab that lacks features. */
export const without = (...features: readonly Feature[]): TabOptions => ({
  path: `/?without=${features.join(',')}`,
})
