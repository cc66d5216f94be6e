import type { MutationId } from '../domain/ids.ts'
import type { Core } from './core.ts'

/** Mutations of one database asked about at each change of the status, oldest first. */
const ASKED_AT_ONCE = 20

type Waiting = { readonly mutationId: MutationId; readonly resolve: () => void }
type Tracker = { add(waiting: Waiting): void }
const trackersByCore = new WeakMap<Core, Map<string, Tracker>>()

/**
 * Resolves when the cloud has shown back the command that was given to that database, whoever is signed in by then; never
 * rejects. Costs calls only while somebody waits.
 */
export function whenSynced(core: Core, mutationId: MutationId, database: string): Promise<void> {
  const trackers = trackersByCore.get(core) ?? new Map<string, Tracker>()
  trackersByCore.set(core, trackers)
  const tracker = trackers.get(database) ?? createTracker(core, database)
  trackers.set(database, tracker)
  return new Promise((resolve) => tracker.add({ mutationId, resolve }))
}

function createTracker({ connection, status }: Core, database: string): Tracker {
  const waiting: Waiting[] = []
  let isAsking = false
  let askAgain = false

  status.listen(() => void ask())

  async function ask(): Promise<void> {
    askAgain = isAsking
    if (isAsking || waiting.length === 0) return
    isAsking = true
    let isProgress = false
    for (const one of waiting.slice(0, ASKED_AT_ONCE)) {
      if (await isPending(one.mutationId)) continue
      waiting.splice(waiting.indexOf(one), 1)
      one.resolve()
      isProgress = true
    }
    isAsking = false
    // When the oldest are through, those behind them may be as well, and no change of the status may follow to tell.
    if (askAgain || isProgress) await ask()
  }

  async function isPending(mutationId: MutationId): Promise<boolean> {
    try {
      return (await connection.callIn(database, 'isPending', { mutationId })).pending
    } catch {
      return true // The next change of the status asks again.
    }
  }

  return {
    add(one) {
      waiting.push(one)
      void ask()
    },
  }
}
