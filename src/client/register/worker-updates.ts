import type { Clock } from '../../ports/clock.ts'
import type { Engine } from '../ladder.ts'
import { answerTokenQuestions } from '../token-answers.ts'
import { onWorkerState } from './worker-port.ts'
import type { WorkerEngine } from './worker-rung.ts'

/** A new worker that is still waiting after this waits for consent; one that skips waiting is gone by then. */
const WAITING_PAUSE_MS = 300
/** Workbox's own message for it. */
const SKIP_WAITING = { type: 'SKIP_WAITING' }
/** A new worker has this long to take over before the page reloads anyway. */
const TAKEOVER_LIMIT_MS = 5_000

/** Follows the worker's registration: tells of a version that waits for consent, and answers questions for a token. */
export function createUpdates(
  clock: Clock,
  token: { readonly cloudUrl: string | undefined; readonly getToken: () => Promise<string | null> },
  onReady: () => void,
) {
  let engine: WorkerEngine | undefined
  let stops: (() => void)[] = []

  function stop(): void {
    for (const end of stops.splice(0)) end()
    engine = undefined
  }

  return {
    stop,
    follow(next: Engine): void {
      stop()
      if (!isWorkerEngine(next)) return
      engine = next
      const { registration } = next
      const look = () => void (registration.waiting !== null && onReady())
      const lookSoon = () => stops.push(clock.setTimer(look, WAITING_PAUSE_MS))
      stops = [onWorkerState(navigator.serviceWorker, registration, 'installed', lookSoon)]
      lookSoon()
      const { cloudUrl, getToken } = token
      if (cloudUrl !== undefined)
        stops.push(answerTokenQuestions(navigator.serviceWorker, cloudUrl, getToken))
    },
    /** The waiting version takes over, then the page reloads; nothing happens when none waits. */
    async apply(): Promise<void> {
      const worker = engine?.registration.waiting
      if (!worker) return
      await new Promise<void>((resolve) => {
        clock.setTimer(resolve, TAKEOVER_LIMIT_MS)
        worker.addEventListener('statechange', () => worker.state === 'activated' && resolve())
        worker.postMessage(SKIP_WAITING)
      })
      location.reload()
    },
  }
}

const isWorkerEngine = (engine: Engine): engine is WorkerEngine => 'registration' in engine
