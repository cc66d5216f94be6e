import { isSyncedProject, type SyncSettings } from '../../domain/sync-settings.ts'
import type { Clock } from '../../ports/clock.ts'
import type { SpaceSync } from '../../ports/records/sync.ts'
import type { Database } from '../unit.ts'
import { type Asks, isSaveOnly, reasonsFor, reasonsForAll } from './asks.ts'
import { visitRows } from './outbox-rows.ts'
import { isDirectoryDue, readDirectory } from './projects.ts'
import { readSyncSettings } from './settings.ts'
import { mayAsk, readSpaces, updateSpace } from './space.ts'
import type { SpaceCycle } from './space-cycle.ts'

type Seen = {
  readonly settings: SyncSettings
  readonly directory: SpaceSync
  readonly spaces: readonly SpaceSync[]
  /** Projects that only a save asks for, and that have nothing to send. */
  readonly idle: ReadonlySet<string>
}

/** Gives every destination that may be asked one turn. True if the slice ended before all had theirs. */
export type GoRound = (asks: Asks, isSliceOver: () => boolean) => Promise<boolean>

export function createRound(options: {
  readonly database: Database
  readonly clock: Clock
  readonly cycle: SpaceCycle
  readonly askForProjects: () => Promise<unknown>
}): GoRound {
  const { database, clock, cycle, askForProjects } = options

  return async function goRound(asks, isSliceOver) {
    const seen = await look(asks)
    if (!seen.settings.enabled) return false
    const { directory } = seen
    const reasons = reasonsForAll(asks)
    let isAsSeen = !(await endParkingOfWaiting([...seen.spaces, directory], asks))
    if (reasons.size > 0 && !isSaveOnly(reasons)) {
      const now = clock.now()
      if (isDirectoryDue(directory, reasons, now) && mayAsk(directory, reasons, now)) {
        await askForProjects()
        isAsSeen = false
      }
    }
    for (const { projectId } of candidates(isAsSeen ? seen : await look(asks), asks)) {
      if (isSliceOver()) return true
      const end = await cycle.turn(projectId, isSliceOver, reasonsFor(asks, projectId))
      if (end === 'slice-over') return true
      if (end === 'parked') return false
    }
    return false
  }

  /**
   * A wake-up during a wait cannot ask a parked destination now: it is asked when the wait ends, which nobody else would do. Answers whether
   * there was one.
   */
  async function endParkingOfWaiting(spaces: readonly SpaceSync[], asks: Asks): Promise<boolean> {
    if (!asks.some(({ reason }) => reason !== 'save')) return false
    const now = clock.now()
    const isMeant = (space: SpaceSync) => {
      const reasons = reasonsFor(asks, space.projectId)
      return reasons.size > 0 && space.parked !== null && !mayAsk(space, reasons, now)
    }
    const waiting = spaces.filter(isMeant)
    if (waiting.length === 0) return false
    await database.write('relaxed', async ({ tx }) => {
      for (const { key } of waiting) await updateSpace(tx, key, (space) => ({ ...space, parked: null }))
    })
    return true
  }

  /** All that a round is judged by, in one transaction: most rounds find nothing else to read. */
  function look(asks: Asks): Promise<Seen> {
    return database.read(['sync_metadata', 'outbox', 'settings'], async (tx) => {
      const [settings, directory, spaces] = await Promise.all([
        readSyncSettings(tx),
        readDirectory(tx, database.incarnation),
        readSpaces(tx),
      ])
      const saved = settings.enabled
        ? spaces.filter((space) => isSaveOnly(reasonsFor(asks, space.projectId)))
        : []
      const idle = new Set(saved.map((space) => space.projectId))
      if (idle.size > 0)
        await visitRows(tx, (row) => {
          if (row.state !== 'quarantined') idle.delete(row.projectId)
          return idle.size > 0
        })
      return { settings, directory, spaces, idle }
    })
  }

  /** Destinations that may be asked, the one that has waited longest first; for a save only those with something to send. */
  function candidates({ settings, spaces, idle }: Seen, asks: Asks): readonly SpaceSync[] {
    const now = clock.now()
    return spaces
      .filter(({ projectId }) => isSyncedProject(settings, projectId) && !idle.has(projectId))
      .filter((space) => mayAsk(space, reasonsFor(asks, space.projectId), now))
      .sort((a, b) => (a.lastSuccessAt ?? 0) - (b.lastSuccessAt ?? 0))
  }
}
