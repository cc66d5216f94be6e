import type { Locks } from '../../src/ports/locks.ts'

/** Web Locks of one browser: held across its contexts, and released when a context dies. */
export type LockManager = {
  /** The locks as one context sees them. */
  forContext(context: object): Locks
  /** Releases everything that a dead context held or waited for. */
  release(context: object): void
}

type Waiting = { readonly context: object; readonly start: () => void }

export function createLockManager(): LockManager {
  const holders = new Map<string, object>()
  const queues = new Map<string, Waiting[]>()

  function next(name: string): void {
    holders.delete(name)
    const waiting = queues.get(name)?.shift()
    if (waiting === undefined) return
    holders.set(name, waiting.context)
    waiting.start()
  }

  return {
    forContext: (context) => ({
      acrossContexts: true,
      async hold(name, options, work) {
        if (holders.has(name)) {
          if (options.ifAvailable === true) return undefined
          await new Promise<void>((start) => {
            const queue = queues.get(name) ?? []
            queue.push({ context, start })
            queues.set(name, queue)
          })
        } else holders.set(name, context)
        try {
          return await work()
        } finally {
          if (holders.get(name) === context) next(name)
        }
      },
    }),
    release(context) {
      for (const [name, queue] of queues)
        queues.set(
          name,
          queue.filter((waiting) => waiting.context !== context),
        )
      for (const [name, holder] of [...holders]) if (holder === context) next(name)
    },
  }
}
