import { Workbox } from 'workbox-window'
import { ChatkeepError } from '../../domain/errors.ts'
import type { Clock } from '../../ports/clock.ts'
import { within } from '../within.ts'
import { unavailable } from './unavailable.ts'

/** Fetching and evaluating the script. */
const REGISTER_LIMIT_MS = 8_000
/** From installing to active. */
const ACTIVATE_LIMIT_MS = 8_000

export type WorkerOptions = {
  readonly url: string
  readonly scope: string
  readonly type: 'classic' | 'module'
}

/** Registers the worker, or looks for a new version of it; resolves when one is active. Rejects with a `worker/*` error. */
export async function registerWorker(
  options: WorkerOptions,
  clock: Clock,
): Promise<ServiceWorkerRegistration> {
  const { url, scope, type } = options
  const workbox = new Workbox(url, { scope, type, updateViaCache: 'none' })
  let registration: ServiceWorkerRegistration | undefined
  try {
    // Never wait for the page's load event, nor for `active` and `getSW()`: after a hard reload those do not resolve.
    registration = await within(clock, REGISTER_LIMIT_MS, workbox.register({ immediate: true }), tooSlow)
  } catch (cause) {
    throw cause instanceof TypeError && (await isBlocked(options)) ? blocked() : await explained(cause, url)
  }
  if (registration === undefined) throw blocked()
  await whenActive(registration, clock)
  return registration
}

/** Resolves when the registration has an active worker. */
export async function whenActive(registration: ServiceWorkerRegistration, clock: Clock): Promise<void> {
  const worker = registration.installing ?? registration.waiting
  if (registration.active !== null || worker === null) return
  const ends = new AbortController()
  const active = new Promise<void>((resolve, reject) => {
    const look = () => {
      if (worker.state === 'activating' || worker.state === 'activated') resolve()
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

/** By doing: a tool that blocks workers answers registering with nothing, over which Workbox stumbles. */
async function isBlocked({ url, scope, type }: WorkerOptions): Promise<boolean> {
  try {
    const answer: unknown = await navigator.serviceWorker.register(url, { scope, type })
    return answer === undefined
  } catch {
    return false // Then the browser's own reason is the better one.
  }
}

function blocked(): ChatkeepError {
  return unavailable(
    'Something blocks service workers here: registering one has no effect. Playwright does so with `serviceWorkers: "block"`.',
    undefined,
    { reason: 'blocked' },
  )
}

/** A missing worker behind a fallback to index.html is the usual reason; the browser's own message does not say so. */
async function explained(cause: unknown, url: string): Promise<ChatkeepError> {
  const reason = cause instanceof Error ? cause.message : String(cause)
  try {
    const response = await fetch(url, { cache: 'no-store' })
    const type = response.headers.get('content-type') ?? 'no type'
    if (!response.ok) return unavailable(`${url} was answered with ${response.status}.`, cause)
    if (!/javascript|ecmascript/i.test(type)) {
      const text = `${url} was answered as ${type}, not as a script. Chats are kept by this page.`
      return new ChatkeepError('worker/not-a-script', text, { cause, details: { url, type } })
    }
  } catch {
    // Not reachable at all: the browser's own message says more.
  }
  return unavailable(`The worker could not be registered: ${reason}`, cause)
}

const tooSlow = () => unavailable('The worker did not become ready in time.')
