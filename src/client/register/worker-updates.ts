import type { WorkerKind } from '../../rpc/worker-kind.ts'
import type { Environment } from '../environment.ts'
import type { Engine } from '../ladder.ts'
import { answerTokenQuestions } from '../token-answers.ts'
import type { WorkerEngine } from './worker-rung.ts'

/** A new worker that is still waiting after this waits for consent; one that skips waiting is gone by then. */
const WAITING_PAUSE_MS = 300
const LOOK_EVERY_MS = 3_600_000
/** Workbox's own message for it. */
const SKIP_WAITING = { type: 'SKIP_WAITING' }
/** A new worker has this long to take over before the page reloads anyway. */
const TAKEOVER_LIMIT_MS = 5_000

/** Follows the worker's registration: tells of a version that waits for consent, and answers questions for a token. */
export function createUpdates(
  { clock, pageEvents }: Pick<Environment, 'clock' | 'pageEvents'>,
  token: { readonly cloudUrl: string | undefined; readonly getToken: () => Promise<string | null> },
  onReady: () => void,
) {
  let registration: ServiceWorkerRegistration | undefined
  let isReady = false
  let lookedAt = clock.now()
  let stops: (() => void)[] = []

  function stop(): void {
    for (const end of stops.splice(0)) end()
    registration = undefined
  }

  /** Only what waits for consent is told: a new build of the storage worker that still waits will take over by itself. */
  function look(kind: WorkerKind): void {
    const { waiting, active } = registration ?? {}
    if (!waiting || (kind === 'storage' && waiting.scriptURL === active?.scriptURL)) return
    isReady = true
    onReady()
  }

  return {
    stop,
    follow(engine: Engine): void {
      stop()
      if (!isWorkerEngine(engine)) return
      registration = engine.registration
      const { serviceWorker } = navigator
      const lookSoon = () => void stops.push(clock.setTimer(() => look(engine.kind), WAITING_PAUSE_MS))
      stops = [
        engine.onState('installed', lookSoon),
        pageEvents.listen((event) => event === 'visible' && lookForNewVersion()),
      ]
      lookSoon()
      const { cloudUrl, getToken } = token
      if (cloudUrl !== undefined) stops.push(answerTokenQuestions(serviceWorker, cloudUrl, getToken))
    },
    /** The waiting version takes over, then the page reloads; only the latter when another tab was quicker. */
    async apply(): Promise<void> {
      const worker = registration?.waiting
      if (worker) {
        await new Promise<void>((resolve) => {
          clock.setTimer(resolve, TAKEOVER_LIMIT_MS)
          worker.addEventListener('statechange', () => worker.state === 'activated' && resolve())
          worker.postMessage(SKIP_WAITING)
        })
      }
      if (isReady) location.reload()
    },
  }

  /** A page that stays open for days looks by itself. */
  function lookForNewVersion(): void {
    if (Math.abs(clock.now() - lookedAt) < LOOK_EVERY_MS) return
    lookedAt = clock.now()
    registration?.update().catch(() => {}) // Offline, or the server is down: the next look may tell.
  }
}

const isWorkerEngine = (engine: Engine): engine is WorkerEngine => 'registration' in engine
