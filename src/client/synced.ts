import type { MutationId } from '../domain/ids.ts'
import type { Core } from './core.ts'

/** Mutations asked about at each change of the status, oldest first. */
const ASKED_AT_ONCE = 20

type Waiting = { readonly mutationId: MutationId; readonly resolve: () => void }
const trackersByCore = new WeakMap<Core, { add(waiting: Waiting): void }>()

/** Resolves when the cloud has shown a command back to us; never rejects. Costs calls only while somebody waits. */
export function whenSynced(core: Core, mutationId: MutationId): Promise<void> {
  let tracker = trackersByCore.get(core)
  if (tracker === undefined) {
    tracker = createTracker(core)
    trackersByCore.set(core, tracker)
  }
  const { add } = tracker
  return new Promise((resolve) => add({ mutationId, resolve }))
}

function createTracker({ connection, status }: Core) {
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
      return (await connection.call('isPending', { mutationId })).pending
    } catch {
      return true // The engine cannot say now; the next change of the status asks again.
    }
  }

  return {
    add(one: Waiting): void {
      waiting.push(one)
      void ask()
    },
  }
}
