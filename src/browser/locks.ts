import type { Locks } from '../ports/locks.ts'

/**
 * Web Locks where they work, else locks among the users of this one context. Some browsers have the interface and reject
 * each request (blocked cookies): the first such rejection switches to the fallback for good.
 */
export function createBrowserLocks(manager: LockManager | undefined = webLocks()): Locks {
  const local = createLocalLocks()
  let broken = manager === undefined
  return {
    get acrossContexts() {
      return !broken
    },
    async hold(name, options, work) {
      if (manager === undefined || broken) return local.hold(name, options, work)
      let started = false
      const ifAvailable = options.ifAvailable === true
      try {
        return await manager.request(
          name,
          // The platform refuses a signal together with ifAvailable.
          {
            ifAvailable,
            ...(options.signal !== undefined && !ifAvailable ? { signal: options.signal } : {}),
          },
          async (lock) => {
            started = true
            return lock === null ? undefined : work()
          },
        )
      } catch (error) {
        if (started || options.signal?.aborted === true) throw error
        broken = true
        return local.hold(name, options, work)
      }
    },
  }
}

/** Mutual exclusion within one context. */
export function createLocalLocks(): Locks {
  const tailByName = new Map<string, Promise<unknown>>()
  return {
    acrossContexts: false,
    async hold(name, { ifAvailable, signal }, work) {
      signal?.throwIfAborted()
      const before = tailByName.get(name)
      if (before !== undefined && ifAvailable === true) return undefined
      const turn = (before ?? Promise.resolve()).then(() => {
        signal?.throwIfAborted()
        return work()
      })
      const tail = turn.catch(() => {}) // Its owner hears of the failure; the next in line only waits for the end.
      tailByName.set(name, tail)
      try {
        return await turn
      } finally {
        if (tailByName.get(name) === tail) tailByName.delete(name)
      }
    },
  }
}

function webLocks(): LockManager | undefined {
  try {
    return navigator.locks
  } catch {
    return undefined // A sandboxed frame may throw at the mere look: then there are none.
  }
}
