import type { Cancel, Clock } from '../ports/clock.ts'

/** Announcements within this time share one reading: who saves a lot would else wait for it each time. */
const PAUSE_MS = 100

/** Reads the status: one reading at a time, and what changes meanwhile is read after it. */
export function createStatusReader({
  clock,
  readOnce,
}: {
  readonly clock: Clock
  /** Never rejects. */
  readonly readOnce: () => Promise<void>
}) {
  let reading: Promise<void> | undefined
  let readAgain = false
  let readAt = Number.NEGATIVE_INFINITY
  let cancelReading: Cancel | undefined

  async function readAll(): Promise<void> {
    try {
      do {
        readAgain = false
        readAt = clock.now()
        await readOnce()
      } while (readAgain)
    } finally {
      reading = undefined // At once: who asks a moment later asks anew.
    }
  }

  /** Resolves when the newest is in the status. */
  function read(): Promise<void> {
    readAgain = reading !== undefined
    reading ??= readAll()
    return reading
  }

  return {
    read,
    /** The engine has announced a change: it is read at once, or when a series of announcements has had its pause. */
    follow(): void {
      if (cancelReading !== undefined) return
      if (Math.abs(clock.now() - readAt) >= PAUSE_MS) return void read()
      cancelReading = clock.setTimer(() => {
        cancelReading = undefined
        void read()
      }, PAUSE_MS)
    },
    close: () => cancelReading?.(),
  }
}
