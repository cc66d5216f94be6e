/// <reference lib="webworker" />
import { createBrowserClock } from '../src/browser/clock.ts'
import { browserDevice } from '../src/browser/device-name.ts'
import { createBrowserDisk } from '../src/browser/disk.ts'
import { createBrowserEvents } from '../src/browser/events.ts'
import { createBrowserLocks } from '../src/browser/locks.ts'
import { createFetchNetwork } from '../src/browser/network.ts'
import { createBrowserRandom } from '../src/browser/random.ts'
import { createHost } from '../src/engine/host.ts'
import { createSha256Hashing } from '../src/hashing/sha256.ts'
import type { WorkerKind } from '../src/rpc/worker-kind.ts'
import { createIndexedDbStorage } from '../src/storage/indexeddb/indexeddb-storage.ts'
import { answerPages } from './answer-pages.ts'
import { drainInBackground } from './background-sync.ts'
import { createPageTokens } from './page-tokens.ts'

declare const __BUILD__: string

export type InstallOptions = {
  /** Only for the ready-made workers. Default `app`: the worker is yours, and chatkeep neither replaces nor unregisters it. */
  readonly kind?: WorkerKind
}

/**
 * Makes a service worker keep conversations: it answers chatkeep's pages, and drains the queue when the browser wakes it.
 * Call it while the script is evaluated. It adds listeners for `message`, `sync` and `activate`, handles nothing but its own
 * messages and its own tag, and leaves `fetch`, waiting and claiming to the app.
 */
export function installChatkeep(scope: ServiceWorkerGlobalScope, options: InstallOptions = {}): void {
  const clock = createBrowserClock()
  const random = createBrowserRandom()
  const locks = createBrowserLocks()
  const tokens = createPageTokens(scope, clock, random)
  const host = createHost({
    storage: createIndexedDbStorage({ setTimer: clock.setTimer }),
    network: (cloud) => createFetchNetwork({ cloud, clock, getToken: () => tokens.ask(cloud.url) }),
    clock,
    locks,
    random,
    hashing: createSha256Hashing(),
    disk: createBrowserDisk(),
    events: createBrowserEvents(),
    build: __BUILD__,
    ...browserDevice(),
  })
  const background = drainInBackground(scope, host, clock)
  answerPages(scope, {
    host,
    tokens,
    locks,
    boot: random.id(),
    kind: options.kind ?? 'app',
    onQueued: background.request,
  })
}
