import { createLocalLocks } from '../../../src/browser/locks.ts'
import { createBrowserRandom } from '../../../src/browser/random.ts'
import type { Connection } from '../../../src/client/connection.ts'
import type { ConversationService } from '../../../src/domain/service.ts'
import { createHost } from '../../../src/engine/host.ts'
import { createSha256Hashing } from '../../../src/hashing/sha256.ts'
import type { StorageFactory } from '../../../src/ports/storage.ts'
import { createMemoryStorage } from '../../../src/storage/memory.ts'
import { createFakeClock } from '../rpc/fake-clock.ts'

/** The real engine on a memory store, with no cloud. Two on one `storage` are two tabs, or one page after another. */
export async function createMemoryEngine(storage: StorageFactory = createMemoryStorage(), baseName = 'db') {
  const clock = createFakeClock(1_750_000_000_000)
  const host = createHost({
    storage,
    network: () => ({ request: () => Promise.reject(new Error('no cloud in this test')) }),
    clock,
    locks: createLocalLocks(),
    random: createBrowserRandom(),
    hashing: createSha256Hashing(),
    events: { publish: () => {}, subscribe: () => () => {} },
    build: 'test',
  })
  const session = (await host.call({ database: null, method: 'openSession', argument: { baseName } })) as {
    database: string
  }
  const call = ((method: keyof ConversationService, argument: unknown) =>
    host.call({ database: session.database, method, argument })) as Connection['call']
  return { host, clock, session, call, storage }
}

/** `localStorage` with as many characters as it is given. */
export function createFakeLocalStorage(
  entries: Record<string, string> = {},
  roomInCharacters = Infinity,
): Storage {
  const texts = new Map(Object.entries(entries))
  const used = () => [...texts].reduce((sum, [key, text]) => sum + key.length + text.length, 0)
  const methods = {
    getItem: (key: string) => texts.get(key) ?? null,
    setItem(key: string, text: string) {
      const more = text.length - (texts.get(key)?.length ?? -key.length)
      if (used() + more > roomInCharacters) throw new DOMException('full', 'QuotaExceededError')
      texts.set(key, text)
    },
    removeItem: (key: string) => void texts.delete(key),
    clear: () => texts.clear(),
    key: (index: number) => [...texts.keys()][index] ?? null,
  }
  return new Proxy(methods as unknown as Storage, {
    get: (target, name) => (name === 'length' ? texts.size : Reflect.get(target, name)),
    ownKeys: () => [...texts.keys()],
    getOwnPropertyDescriptor: () => ({ enumerable: true, configurable: true }),
  })
}
