/** A clock that stands still until a test moves it; timers fire in order, each at its own time. */
export function createFakeClock(startAt = 1_000_000) {
  let now = startAt
  let timers: { at: number; callback: () => void }[] = []
  return {
    now: () => now,
    /** As when a person sets it: no timer notices. */
    set(time: number) {
      for (const timer of timers) timer.at += time - now
      now = time
    },
    setTimer(callback: () => void, delayMs: number) {
      const timer = { at: now + Math.max(0, delayMs), callback }
      timers.push(timer)
      return () => {
        timers = timers.filter((other) => other !== timer)
      }
    },
    /** Lets `ms` pass; what is due fires, and what that starts has time to settle. */
    async advance(ms: number) {
      const end = now + ms
      await settled()
      for (;;) {
        const next = timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0]
        if (next === undefined) break
        timers = timers.filter((timer) => timer !== next)
        now = Math.max(now, next.at)
        next.callback()
        await settled()
      }
      now = end
      await settled()
    },
    pendingTimers: () => timers.length,
  }
}

/** Lets everything that waits for promises or messages of this turn run. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise<void>((resolve) => setImmediate(resolve))
}
