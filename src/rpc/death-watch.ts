import type { RpcClock } from './protocol.ts'
import type { WorkerPort } from './worker-port.ts'

/** Calls are mostly over before this; only longer ones watch for the worker's death, since a pending lock blocks bfcache. */
const WATCH_AFTER_MS = 300

/** While calls are in flight: notices that the worker which they went to is gone, where the browser can tell. */
export function createDeathWatch(
  port: WorkerPort,
  clock: RpcClock,
  { boot, onDeath }: { readonly boot: () => string | undefined; readonly onDeath: () => void },
) {
  /** The last worker whose lock was granted to us: if it answers all the same, its lock proves nothing. */
  let buried: string | undefined
  let stopWatching: (() => void) | undefined

  function start(): void {
    const controller = new AbortController()
    const cancel = clock.setTimer(() => {
      const watched = boot()
      if (watched === undefined || watched === buried) return
      port.watchDeath?.(watched, controller.signal).then(
        () => {
          if (controller.signal.aborted) return
          buried = watched
          start()
          onDeath()
        },
        () => {}, // Aborted, or no locks here: the timers find out.
      )
    }, WATCH_AFTER_MS)
    stopWatching = () => {
      cancel()
      controller.abort()
    }
  }

  return {
    start(): void {
      if (stopWatching === undefined) start()
    },
    stop(): void {
      stopWatching?.()
      stopWatching = undefined
    },
  }
}
