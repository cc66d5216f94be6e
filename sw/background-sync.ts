/// <reference lib="webworker" />
import type { Host } from '../src/engine/host-ports.ts'

const SYNC_TAG = 'chatkeep-sync'

/** Background Sync, which only Chromium has. https://wicg.github.io/background-sync/spec/ */
type SyncEvent = ExtendableEvent & { readonly tag: string; readonly lastChance: boolean }
type SyncManager = { register(tag: string): Promise<void> }

/**
 * Drains the queue when the browser wakes the worker: after activation, and at `sync` events where they exist. They are an
 * accelerator; what they miss is drained when a page is open. Answers a way to ask for a `sync` event.
 */
export function drainInBackground(
  scope: ServiceWorkerGlobalScope,
  host: Host,
): { readonly request: () => void } {
  let isRequested = false

  function request(): void {
    if (isRequested) return
    isRequested = true
    register().catch(() => {}) // Not there, denied, or switched off: pages wake the queue.
  }

  async function register(): Promise<void> {
    const { sync } = scope.registration as ServiceWorkerRegistration & { readonly sync?: SyncManager }
    await sync?.register(SYNC_TAG)
  }

  /** Resolves when nothing waits or what waits is parked. A rejection makes the browser try again, but not after the last chance. */
  async function drain(lastChance: boolean): Promise<void> {
    isRequested = false
    const { settled } = await host.wake('sync')
    if (settled) return
    if (!lastChance)
      throw new Error('Changes are left in the queue: the browser should wake this worker again.')
    isRequested = true
    await register()
  }

  scope.addEventListener('activate', () => void host.wake('activate').catch(() => {})) // Pages will see the failure in `status`.
  scope.addEventListener('sync', (event) => {
    const sync = event as unknown as SyncEvent
    if (sync.tag === SYNC_TAG) sync.waitUntil(drain(sync.lastChance))
  })
  return { request }
}
