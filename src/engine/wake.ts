import type { WakeReason } from '../domain/sync-status.ts'
import type { Clock } from '../ports/clock.ts'
import { choresDue } from './chores.ts'
import { assertOpen } from './database-state.ts'
import type { Freeing } from './freeing/freeing.ts'
import type { Housekeeping } from './housekeeping.ts'
import type { OpenDatabase } from './open-database.ts'
import type { Retention } from './retention/retention.ts'
import type { Sync } from './sync/sync.ts'

export type Wake = ReturnType<typeof createWake>

/** What an engine does when it is woken: recovers drafts, drains the queue and tidies up; answers when it is due next. */
export function createWake(parts: {
  readonly database: OpenDatabase
  readonly clock: Clock
  readonly sync: Sync
  readonly housekeeping: Housekeeping
  readonly retention: Retention
  readonly freeing: Freeing
}) {
  const { database, clock, sync, housekeeping, retention, freeing } = parts
  return async function wake(
    reason: WakeReason,
    projectId?: string,
  ): Promise<{ dueAt: number | null; settled: boolean }> {
    const stores = reason === 'save' ? (['settings'] as const) : (['settings', 'drafts'] as const)
    const [state, stored] = await database.read(stores, (tx) =>
      Promise.all([tx.get('settings', 'state'), reason === 'save' ? [] : tx.scan('drafts')]),
    )
    assertOpen(database.name, state)
    const { leaseDueAt, left } = await housekeeping.recoverDrafts(stored)
    let drained = await sync.drain(reason, projectId)
    // What was fetched meanwhile may have been in the way; what becomes a message now is sent like anything that was saved.
    if (left.length > 0 && (await housekeeping.recoverDrafts(left)).left.length < left.length)
      drained = await sync.drain('save', projectId)
    await housekeeping.foldLongTails()
    if (reason !== 'save') {
      const due = await choresDue(database, clock)
      if (due.rules) await retention.run()
      if (due.oldCopies) await housekeeping.compact()
      const isMakingRoom = due.room !== null && (await freeing.keepRoom(due.room))
      // Rules and making room drop files themselves.
      if (due.files || due.rules || isMakingRoom) await housekeeping.collectFiles()
    }
    if (reason === 'start' || reason === 'activate') await housekeeping.forgetOldMutations()
    const due = [drained.dueAt, leaseDueAt].filter((at) => at !== null)
    return { dueAt: due.length === 0 ? null : Math.min(...due), settled: drained.settled }
  }
}
