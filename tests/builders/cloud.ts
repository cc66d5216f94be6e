import { createChatkeepServer } from '../../server/index.ts'
import { openStorage } from '../../server/storage/open-storage.ts'
import { ChatkeepError } from '../../src/domain/errors.ts'
import type { HostService } from '../../src/domain/host-service.ts'
import type { MutationId } from '../../src/domain/ids.ts'
import type { ConversationService } from '../../src/domain/service.ts'
import { createHost } from '../../src/engine/host.ts'
import type { Network } from '../../src/ports/network.ts'
import type { StorageFactory } from '../../src/ports/storage.ts'
import { createMemoryStorage } from '../../src/storage/memory.ts'
import { aClock, anEventBus, aRandom, nodeHashing, someLocks } from './engine.ts'

const URL_OF_CLOUD = 'https://cloud.test/api/v1/chat'

/** The real server on an in-memory SQLite; a session is named by a header. */
export async function aCloud() {
  const storage = await openStorage('sqlite::memory:')
  const server = createChatkeepServer({
    storage,
    authenticate: (request) => {
      const accountId = request.headers.get('x-test-account')
      return accountId === null ? null : { accountId }
    },
    limits: { requestsPerMinute: 1_000_000 },
  })
  let reachable = true
  return {
    close: () => server.close(),
    setReachable(value: boolean) {
      reachable = value
    },
    /** Requests of a browser in which `session.accountId` is signed in. */
    network:
      (session: { accountId: string | null }): ((cloud: { url: string }) => Network) =>
      ({ url }) => ({
        async request({ method, path, headers, body }) {
          if (!reachable) throw new ChatkeepError('sync/offline', 'no network', { retryable: true })
          const response = await server.app.request(`${url}${path}`, {
            method,
            headers: {
              ...headers,
              ...(session.accountId === null ? {} : { 'x-test-account': session.accountId }),
            },
            ...(body === undefined ? {} : { body }),
          })
          return {
            status: response.status,
            headers: Object.fromEntries(response.headers),
            body: await response.text(),
          }
        },
      }),
  }
}

export type Cloud = Awaited<ReturnType<typeof aCloud>>

/** A browser: one host on one storage, with the session that its cookies hold. */
export async function aBrowser(
  cloud: Cloud,
  options: { seed?: number; storage?: StorageFactory; isConfigured?: boolean } = {},
) {
  const seed = options.seed ?? 1
  const storage = options.storage ?? createMemoryStorage()
  const clock = aClock()
  const events = anEventBus()
  const cookies: { accountId: string | null } = { accountId: null }
  const host = createHost({
    storage,
    network: cloud.network(cookies),
    clock,
    locks: someLocks(),
    random: aRandom(seed),
    hashing: nodeHashing,
    events,
    build: 'test',
    deviceName: `Device ${seed}`,
  })
  const baseName = 'chats'
  const ask = (method: keyof HostService, argument: object = {}) =>
    host.call({ database: null, method, argument: { baseName, ...argument } })
  let mutations = 0
  const browser = {
    host,
    storage,
    clock,
    events,
    cookies,
    mutation: () => `mutation-${seed}-${String(++mutations).padStart(4, '0')}` as MutationId,
    session: () => ask('openSession') as ReturnType<HostService['openSession']>,
    async service(database?: string): Promise<ConversationService> {
      const name = database ?? (await browser.session()).database
      return new Proxy({} as ConversationService, {
        get: (_target, method: string) =>
          method === 'then'
            ? undefined
            : (argument: unknown) => host.call({ database: name, method, argument }),
      })
    },
    configure: () => ask('configureCloud', { cloud: { url: URL_OF_CLOUD, credentials: 'cookies' } }),
    signIn(accountId: string, adopt?: boolean) {
      cookies.accountId = accountId
      return ask('signedIn', { accountId, ...(adopt === undefined ? {} : { adopt }) }) as ReturnType<
        HostService['signedIn']
      >
    },
    signOut(options: { readonly remove?: boolean } = {}) {
      cookies.accountId = null
      return ask('signedOut', options) as ReturnType<HostService['signedOut']>
    },
    removeEverything: () => ask('removeEverything'),
  }
  if (options.isConfigured !== false) await browser.configure()
  return browser
}
export type Browser = Awaited<ReturnType<typeof aBrowser>>
