import type { MutationId } from '../domain/ids.ts'
import type { SyncStatus } from '../domain/service.ts'
import type { Connection } from './connection.ts'
import type { StatusStore } from './status.ts'

/** Mutations asked about at each change of the status, oldest first. */
const ASKED_AT_ONCE = 20

/** Tells when the cloud has shown a command back to us. */
export type SyncedTracker = {
  /** Resolves then; never rejects. The engine is asked only for commands that somebody waits for. */
  whenSynced(mutationId: MutationId, isQueued: boolean): Promise<void>
}

export function createSyncedTracker(connection: Connection, status: StatusStore): SyncedTracker {
  const waitingById = new Map<MutationId, () => void>()
  let isAsking = false
  let askAgain = false

  status.listen(({ sync }) => {
    if (waitingById.size > 0) void ask(sync)
  })

  async function ask(sync: SyncStatus): Promise<void> {
    askAgain = isAsking
    if (isAsking) return
    isAsking = true
    for (const [mutationId, resolve] of [...waitingById].slice(0, ASKED_AT_ONCE)) {
      const isPending = sync.pendingCount > 0 && (await asked(mutationId))
      if (isPending) continue
      waitingById.delete(mutationId)
      resolve()
    }
    isAsking = false
    if (askAgain) void ask(status.get().sync)
  }

  async function asked(mutationId: MutationId): Promise<boolean> {
    try {
      return (await connection.call('isPending', { mutationId })).pending
    } catch {
      return true // The engine cannot say now; the next change of the status asks again.
    }
  }

  return {
    whenSynced(mutationId, isQueued) {
      if (!isQueued) return Promise.resolve()
      return new Promise((resolve) => {
        waitingById.set(mutationId, resolve)
        // Not from the status at hand: it may be older than the command.
        void asked(mutationId).then((pending) => {
          if (!pending && waitingById.delete(mutationId)) resolve()
        })
      })
    },
  }
}
