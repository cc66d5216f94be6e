import { Workbox } from 'workbox-window'
import { ChatkeepError, type ErrorCode } from '../../domain/errors.ts'
import type { Clock } from '../../ports/clock.ts'
import { createPageEndpoint } from '../../rpc/page-endpoint.ts'
import { createRemoteCaller } from '../../rpc/remote-caller.ts'
import type { Engine } from '../ladder.ts'
import { within } from '../within.ts'
import { workerPort } from './worker-port.ts'

/** Fetching and evaluating the script. */
const REGISTER_LIMIT_MS = 8_000
/** From installing to active. */
const ACTIVATE_LIMIT_MS = 8_000
/** A worker that does not answer a hello by then is nobody we know. */
const HELLO_LIMIT_MS = 4_000

export type WorkerOptions = {
  readonly url: string
  readonly scope?: string
  readonly type?: 'classic' | 'module'
}

/** The engine in a service worker, and the registration through which it updates. */
export type WorkerEngine = Engine & {
  readonly registration: ServiceWorkerRegistration
  /** True when the worker is the app's own, which we neither update nor unregister. */
  readonly isForeign: boolean
  /** Asks a waiting new version to take over. */
  readonly skipWaiting: () => void
}

/**
 * Registers the worker, or joins the one that owns the scope already, and hears its hello. Rejects with `worker/unavailable`,
 * `worker/not-a-script`, `worker/foreign` or `rpc/*`, and never hangs.
 */
export async function startWorker(options: WorkerOptions, clock: Clock): Promise<WorkerEngine> {
  const container = serviceWorkers()
  const url = new URL(options.url, document.baseURI).href
  const scope = new URL(options.scope ?? './', options.scope === undefined ? url : document.baseURI).href
  const workbox = new Workbox(url, { scope, type: options.type ?? 'classic', updateViaCache: 'none' })
  const connect = async (registration: ServiceWorkerRegistration, isForeign: boolean) => ({
    ...(await greeted(container, registration, isForeign, clock)),
    registration,
    isForeign,
    skipWaiting: () => workbox.messageSkipWaiting(),
  })
  const owner = await ownerOf(container, scope, url)
  if (owner !== undefined) {
    const engine = await connect(owner, true)
    if (!engine.isStandalone || owner.scope !== scope) return engine
    await engine.close() // Ours, registered by an older build at another address: the new one takes its place.
  }
  return connect(await registered(workbox, url, clock), false)
}

/** The worker's engine, once it said hello. */
async function greeted(
  container: ServiceWorkerContainer,
  registration: ServiceWorkerRegistration,
  isForeign: boolean,
  clock: Clock,
): Promise<Engine & { readonly isStandalone: boolean }> {
  await activated(registration, clock)
  const endpoint = createPageEndpoint(workerPort(container, registration), clock)
  const caller = createRemoteCaller(endpoint)
  try {
    const hello = caller.call({ database: null, method: 'hello', argument: {} })
    const answer = (await within(clock, HELLO_LIMIT_MS, hello, () => silent(isForeign))) as {
      standalone?: unknown
    }
    const close = async () => endpoint.close()
    return { rung: 'worker+indexeddb', caller, close, isStandalone: answer.standalone === true }
  } catch (error) {
    endpoint.close()
    throw error
  }
}

/** Somebody else's registration for this scope or this page; it is used if it speaks chatkeep, and left alone if not. */
async function ownerOf(
  container: ServiceWorkerContainer,
  scope: string,
  url: string,
): Promise<ServiceWorkerRegistration | undefined> {
  for (const where of [scope, document.URL]) {
    const registration = await container.getRegistration(where).catch(() => undefined) // Refused here: register will say why.
    const worker = registration?.active ?? registration?.waiting ?? registration?.installing
    if (worker !== undefined && worker !== null && worker.scriptURL !== url) return registration
  }
  return undefined
}

async function registered(workbox: Workbox, url: string, clock: Clock): Promise<ServiceWorkerRegistration> {
  try {
    // Never wait for the page's load event, nor for `active` and `getSW()`: after a hard reload those do not resolve.
    const registration = await within(
      clock,
      REGISTER_LIMIT_MS,
      workbox.register({ immediate: true }),
      tooSlow,
    )
    if (registration !== undefined) return registration
  } catch (cause) {
    throw await explained(cause, url)
  }
  throw unavailable('The browser took the worker and gave nothing back (workers are blocked).')
}

/** A missing worker behind a fallback to index.html is the usual reason; the browser's own message does not say so. */
async function explained(cause: unknown, url: string): Promise<ChatkeepError> {
  const reason = cause instanceof Error ? cause.message : String(cause)
  try {
    const response = await fetch(url, { cache: 'no-store' })
    const type = response.headers.get('content-type') ?? 'no type'
    if (response.ok && !/javascript|ecmascript/i.test(type)) {
      const text = `${url} was answered as ${type}, not as a script. Chats are kept by this page.`
      return new ChatkeepError('worker/not-a-script', text, { cause, details: { url, type } })
    }
    if (!response.ok) return unavailable(`${url} was answered with ${response.status}.`, cause)
  } catch {
    // Not reachable at all: the browser's own message says more.
  }
  return unavailable(`The worker could not be registered: ${reason}`, cause)
}

async function activated(registration: ServiceWorkerRegistration, clock: Clock): Promise<void> {
  const worker = registration.installing ?? registration.waiting
  if (registration.active !== null || worker === null) return
  const ends = new AbortController()
  const active = new Promise<void>((resolve, reject) => {
    const look = () => {
      if (registration.active !== null) resolve()
      else if (worker.state === 'redundant') reject(unavailable('The worker was installed and then refused.'))
    }
    worker.addEventListener('statechange', look, { signal: ends.signal })
    look()
  })
  try {
    await within(clock, ACTIVATE_LIMIT_MS, active, tooSlow)
  } finally {
    ends.abort()
  }
}

function serviceWorkers(): ServiceWorkerContainer {
  try {
    const { serviceWorker } = navigator as { serviceWorker?: ServiceWorkerContainer }
    if (serviceWorker !== undefined) return serviceWorker
  } catch {
    throw unavailable('Service workers are refused here (a sandboxed frame).')
  }
  throw unavailable('There are no service workers here (an insecure origin, or an old browser).')
}

const tooSlow = () => unavailable('The worker did not become ready in time.')

function silent(isForeign: boolean): ChatkeepError {
  const text = 'Another service worker owns this scope and does not speak chatkeep. It was left alone.'
  return isForeign
    ? failure('worker/foreign', text)
    : failure('rpc/unreachable', 'The worker does not answer.')
}

const unavailable = (text: string, cause?: unknown) => failure('worker/unavailable', text, cause)

function failure(code: ErrorCode, text: string, cause?: unknown): ChatkeepError {
  return new ChatkeepError(code, text, { cause, retryable: code === 'rpc/unreachable' })
}
