import { ChatkeepError } from '../../domain/errors.ts'
import type { Clock } from '../../ports/clock.ts'
import { createPageEndpoint } from '../../rpc/page-endpoint.ts'
import { createRemoteCaller } from '../../rpc/remote-caller.ts'
import { isWorkerKind, type WorkerKind } from '../../rpc/worker-kind.ts'
import type { RegisterOptions } from '../api.ts'
import type { Engine } from '../ladder.ts'
import { within } from '../within.ts'
import { unavailable } from './unavailable.ts'
import { onWorkerState, workerPort } from './worker-port.ts'

/** Our worker may be starting on a slow device. */
const HELLO_LIMIT_MS = 4_000
/** Somebody else's worker that does not answer a hello by then is nobody we know. */
const FOREIGN_HELLO_LIMIT_MS = 1_500

/** The engine in a service worker, and the registration through which it updates. */
export type WorkerEngine = Engine & {
  readonly registration: ServiceWorkerRegistration
  readonly kind: WorkerKind
  /** Calls back when a worker of the registration reaches the state. */
  onState(state: ServiceWorkerState, listener: () => void): () => void
}

/**
 * Joins the worker that owns the scope already, or registers ours, and hears its hello. Rejects with `worker/unavailable`,
 * `worker/not-a-script`, `worker/foreign` or `rpc/*`, and never hangs.
 */
export async function startWorker(
  options: Exclude<RegisterOptions['worker'], false | undefined> & { readonly url: string },
  clock: Clock,
): Promise<WorkerEngine> {
  const container = serviceWorkers()
  const url = new URL(options.url, document.baseURI).href
  const scope =
    options.scope === undefined ? new URL('./', url).href : new URL(options.scope, document.baseURI).href
  const register = async () => {
    const { registerWorker } = await import('./registration.ts')
    return registerWorker({ url, scope, type: options.type ?? 'classic' }, clock)
  }
  const owner = await ownerOf(container, scope, url)
  const worker = owner?.active ?? owner?.waiting ?? owner?.installing
  if (owner !== undefined && worker?.scriptURL !== url) {
    const engine = await greet(container, owner, true, clock)
    if (engine.kind === 'app' || owner.scope !== scope) return engine
    await engine.close() // Ours, registered by an older build at another address: the new one takes its place.
  } else if (owner !== undefined && owner.active !== null) {
    const engine = await greet(container, owner, false, clock)
    void register().catch(() => {}) // Only looks for a new version: the one at hand works.
    return engine
  }
  return greet(container, await register(), false, clock)
}

/**
 * The registration of exactly our scope, else somebody else's that controls this page: neither is ours to replace. A scope without
 * this page takes the page from nobody.
 */
async function ownerOf(
  container: ServiceWorkerContainer,
  scope: string,
  url: string,
): Promise<ServiceWorkerRegistration | undefined> {
  const [ours, pages] = await Promise.all(
    [scope, document.URL].map((where) => container.getRegistration(where).catch(() => undefined)), // Registering will say why.
  )
  if (ours?.scope === scope || ours?.active?.scriptURL === url) return ours
  return document.URL.startsWith(scope) ? pages : undefined
}

/** The worker's engine, once it said hello. */
async function greet(
  container: ServiceWorkerContainer,
  registration: ServiceWorkerRegistration,
  isForeign: boolean,
  clock: Clock,
): Promise<WorkerEngine> {
  const endpoint = createPageEndpoint(workerPort(container, registration), clock)
  const caller = createRemoteCaller(endpoint)
  const close = async () => endpoint.close()
  try {
    const hello = caller.call({ database: null, method: 'hello', argument: {} })
    const limitMs = isForeign ? FOREIGN_HELLO_LIMIT_MS : HELLO_LIMIT_MS
    const answer = Promise.race([hello, whenRedundant(registration)])
    const greeting = await within(clock, limitMs, answer, () => silent(isForeign))
    const told = (greeting as { readonly kind?: unknown }).kind
    const kind = isWorkerKind(told) ? told : 'app'
    const onState: WorkerEngine['onState'] = (state, listener) =>
      onWorkerState(container, registration, state, listener)
    return { rung: 'worker+indexeddb', caller, close, registration, kind, onState }
  } catch (error) {
    endpoint.close()
    throw error
  }
}

/** Rejects when the worker goes away for good before it answered, as the kill worker does; a newer one may take its place. */
function whenRedundant(registration: ServiceWorkerRegistration): Promise<never> {
  const { active } = registration
  return new Promise((_resolve, reject) => {
    const look = () => {
      const isOver = registration.active === null || registration.active.state === 'redundant'
      if (active?.state === 'redundant' && isOver) reject(unavailable('The worker unregistered itself.'))
    }
    active?.addEventListener('statechange', look)
    look()
  })
}

function serviceWorkers(): ServiceWorkerContainer {
  try {
    const { serviceWorker } = navigator as { serviceWorker?: ServiceWorkerContainer }
    if (serviceWorker !== undefined) return serviceWorker
  } catch {
    // A sandboxed frame throws at the look.
  }
  throw unavailable('There are no service workers here.')
}

function silent(isForeign: boolean): ChatkeepError {
  return isForeign
    ? new ChatkeepError(
        'worker/foreign',
        'Another service worker owns this scope and does not know chatkeep.',
      )
    : new ChatkeepError('rpc/unreachable', 'The worker does not answer.', { retryable: true })
}
