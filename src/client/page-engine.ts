import { browserDevice } from '../browser/device-name.ts'
import { createBrowserDisk } from '../browser/disk.ts'
import { createBrowserLocks } from '../browser/locks.ts'
import { createFetchNetwork } from '../browser/network.ts'
import { ChatkeepError } from '../domain/errors.ts'
import { createHost } from '../engine/host.ts'
import type { Host } from '../engine/host-ports.ts'
import { createSha256Hashing } from '../hashing/sha256.ts'
import type { Clock } from '../ports/clock.ts'
import type { Events } from '../ports/events.ts'
import type { Locks } from '../ports/locks.ts'
import type { Random } from '../ports/random.ts'
import type { StorageFactory } from '../ports/storage.ts'
import { createIndexedDbStorage } from '../storage/indexeddb/indexeddb-storage.ts'
import { createLocalStorageStorage } from '../storage/local-storage.ts'
import { createMemoryStorage } from '../storage/memory.ts'

declare const __BUILD__: string

export type PageStore = 'indexeddb' | 'local-storage' | 'memory'

export type PageEngineParts = {
  readonly clock: Clock
  readonly random: Random
  readonly events: Events
  /** A bearer token for a cloud that wants one; null without. */
  readonly getToken: () => Promise<string | null>
}

/** The engine in this page. This module carries the whole of it and is loaded only where no worker can. */
export function createPageHost(store: PageStore, { getToken, ...parts }: PageEngineParts): Host {
  const locks = createBrowserLocks()
  return createHost({
    ...parts,
    locks,
    storage: storageOf(store, parts.clock, locks),
    network: (cloud) => createFetchNetwork({ cloud, clock: parts.clock, getToken }),
    hashing: createSha256Hashing(),
    disk: createBrowserDisk(),
    build: __BUILD__,
    ...browserDevice(),
  })
}

function storageOf(store: PageStore, { setTimer }: Clock, locks: Locks): StorageFactory {
  if (store === 'indexeddb') return createIndexedDbStorage({ setTimer })
  if (store === 'memory') return createMemoryStorage()
  return oneWriter(createLocalStorageStorage({ storage: pageLocalStorage(), setTimer }), locks)
}

function pageLocalStorage(): typeof localStorage {
  try {
    return localStorage
  } catch (cause) {
    throw new ChatkeepError('storage/unavailable', 'The browser refuses localStorage here.', { cause })
  }
}

/** Browsers give no lock over `localStorage`: tabs take turns by a Web Lock, where there is one, also to remove what another one may be writing to. */
function oneWriter(factory: StorageFactory, locks: Locks): StorageFactory {
  return {
    ...factory,
    remove: async (name) => void (await locks.hold(`storage:${name}`, {}, () => factory.remove(name))),
    async open(name, options) {
      const storage = await factory.open(name, options)
      return {
        ...storage,
        async write(...write) {
          const written = await locks.hold(`storage:${name}`, {}, async () => ({
            value: await storage.write(...write),
          }))
          if (written === undefined)
            throw new ChatkeepError('storage/aborted', 'The lock of this store was taken away.')
          return written.value
        },
      }
    },
  }
}
