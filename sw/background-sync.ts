/// <reference lib="webworker" />
import type { WakeReason } from '../src/domain/sync-status.ts'
import type { Host } from '../src/engine/host-ports.ts'
import type { Clock } from '../src/ports/clock.ts'

const SYNC_TAG = 'chatkeep-sync'
/** Online, Chromium answers a registration with an event within about 150 ms: that tells nothing of a network that came back. */
const ECHO_MS = 2_000
/** An event waits for a retry that is due so soon; a worker is stopped after 30 s without one. */
const PATIENCE_MS = 20_000
/** An event works at most so long; browsers end it after some minutes. */
const MAX_EVENT_MS = 60_000

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
  clock: Clock,
): { readonly request: () => void } {
  let isRequested = false
  let requestedAt = Number.NEGATIVE_INFINITY

  function request(): void {
    if (isRequested) return
    register().catch(() => {}) // Not there, denied, or switched off: pages wake the queue.
  }

  async function register(): Promise<void> {
    isRequested = true
    requestedAt = clock.now()
    const { sync } = scope.registration as ServiceWorkerRegistration & { readonly sync?: SyncManager }
    await sync?.register(SYNC_TAG)
  }

  /**
   * Resolves when nothing waits or what waits is parked. A rejection makes the browser try again, but not after the last chance. An
   * event that only echoes the registration of a save ends no wait: saving something new never shortens one.
   */
  async function drain(lastChance: boolean): Promise<void> {
    isRequested = false
    const startedAt = clock.now()
    const isEcho = Math.abs(startedAt - requestedAt) < ECHO_MS
    let { settled, dueAt } = await wake(isEcho ? 'timer' : 'sync')
    while (!settled && dueAt !== null && isWorthWaiting(dueAt, startedAt)) {
      await pause(dueAt - clock.now())
      ;({ settled, dueAt } = await wake('timer'))
    }
    if (settled) return
    if (!lastChance)
      throw new Error('Changes are left in the queue: the browser should wake this worker again.')
    await register()
  }

  const wake = (reason: WakeReason) => host.wake(reason).catch(() => ({ dueAt: null, settled: false })) // Pages will see the failure in `status`.

  function isWorthWaiting(dueAt: number, startedAt: number): boolean {
    const now = clock.now()
    return dueAt - now <= PATIENCE_MS && Math.abs(now - startedAt) < MAX_EVENT_MS
  }

  const pause = (ms: number) => new Promise<void>((resolve) => void clock.setTimer(resolve, Math.max(0, ms)))

  scope.addEventListener('activate', () => void wake('activate'))
  scope.addEventListener('sync', (event) => {
    const sync = event as unknown as SyncEvent
    if (sync.tag === SYNC_TAG) sync.waitUntil(drain(sync.lastChance))
  })
  return { request }
}
