/** Decides whether one more request is within the rate; a refusal says after how many seconds to come again. */
export type RateLimit = {
  take(key: string): { readonly isAllowed: boolean; readonly retryAfterSeconds: number }
}

const WINDOW_MS = 60_000
const MAX_KEYS = 100_000

/** A fixed window of a minute per key, in this process. Several processes allow as many times the rate. */
export function createRateLimit(perMinute: number, now: () => number): RateLimit {
  const windows = new Map<string, { startedAt: number; count: number }>()
  return {
    take(key) {
      const time = now()
      let window = windows.get(key)
      if (window === undefined || time - window.startedAt >= WINDOW_MS || time < window.startedAt) {
        if (windows.size >= MAX_KEYS) windows.clear()
        window = { startedAt: time, count: 0 }
        windows.set(key, window)
      }
      window.count += 1
      const retryAfterSeconds = Math.max(1, Math.ceil((window.startedAt + WINDOW_MS - time) / 1_000))
      return { isAllowed: window.count <= perMinute, retryAfterSeconds }
    },
  }
}
