import type { Clock } from '../ports/clock.ts'

/** Longest delay that browsers take; a longer one would fire at once. */
const MAX_DELAY_MS = 2 ** 31 - 1

/** The clock and timers of this page or worker. */
export function createBrowserClock(): Clock {
  return {
    now: () => Date.now(),
    setTimer(callback, delayMs) {
      const timer = setTimeout(callback, Math.min(Math.max(0, delayMs), MAX_DELAY_MS))
      return () => clearTimeout(timer)
    },
  }
}
