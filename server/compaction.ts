import type { ChatStorage } from './storage/chat-storage.ts'

/** Versions of something that was overwritten are kept this long. */
export const VERSIONS_KEPT_MS = 30 * 24 * 60 * 60 * 1000
const INTERVAL_MS = 60 * 60 * 1000

export type Compaction = {
  /** Runs a round now, or joins the one that runs. Never rejects. */
  run(): Promise<void>
  stop(): void
}

/** Drops old versions every hour. Several server processes on one database may all do so. */
export function startCompaction({
  storage,
  now = Date.now,
  setTimer = (callback, delayMs) => {
    const timer = setInterval(callback, delayMs).unref()
    return () => clearInterval(timer)
  },
  onError = () => {},
}: {
  readonly storage: Pick<ChatStorage, 'compact'>
  readonly now?: () => number
  /** Calls back every so often until cancelled. */
  readonly setTimer?: (callback: () => void, intervalMs: number) => () => void
  /** Told of a round that failed; the next one goes on where it stopped. */
  readonly onError?: (error: unknown) => void
}): Compaction {
  let running: Promise<void> | undefined
  let isStopped = false

  async function round(): Promise<void> {
    try {
      await storage.compact({ receivedBefore: now() - VERSIONS_KEPT_MS, isStopped: () => isStopped })
    } catch (error) {
      onError(error)
    }
  }

  function run(): Promise<void> {
    running ??= round().finally(() => {
      running = undefined
    })
    return running
  }

  const cancel = setTimer(() => void run(), INTERVAL_MS)
  return {
    run,
    stop() {
      isStopped = true
      cancel()
    },
  }
}
