import { errorToRecord } from '../../domain/errors.ts'
import { isSyncedProject } from '../../domain/sync-settings.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Locks } from '../../ports/locks.ts'
import type { OutboxRecord } from '../../ports/records/outbox.ts'
import { withQueueMended } from '../mending/mend-queue.ts'
import type { Database } from '../unit.ts'
import { type Asks, createAsks, isAnsweredBy } from './asks.ts'
import type { DrainReason } from './drain-reason.ts'
import { visitRows } from './outbox-rows.ts'
import { readDirectory } from './projects.ts'
import type { GoRound } from './round.ts'
import { readSyncSettings } from './settings.ts'
import { dueAtOf, readSpaces } from './space.ts'

/** A drain returns after this, so that a worker is never busy for long; what is left is due at once. */
export const SLICE_MS = 20_000
/** Another context holds the lock: it may have looked at the outbox just before we wrote to it. Twice as long each time, up to the second. */
const LOCK_RETRY_MS = 1_000
const MAX_LOCK_RETRY_MS = 8_000
/** The database failed under us; nothing could be noted there. */
export const STORAGE_RETRY_MS = 30_000

export type DrainResult = {
  /** When a drain can do something by time alone; null: only a wake-up can. */
  readonly dueAt: number | null
  /** Nothing waits for the cloud, or what waits is parked until a session or a page comes. */
  readonly settled: boolean
}

/** What a drain noticed that could not be written to the database. */
export type DrainFailure = { readonly error: ReturnType<typeof errorToRecord>; readonly at: number }

/**
 * One drain at a time in this context, and one across contexts where locks reach that far. A wake-up that comes while a drain runs
 * joins it; if it may have brought something new, the drain goes round once more.
 */
export function createDrain(options: {
  readonly database: Database
  readonly clock: Clock
  readonly locks: Locks
  readonly goRound: GoRound
  readonly onChange: () => void
}) {
  const { database, clock, locks, goRound, onChange } = options
  const asked = createAsks()
  let running: Promise<DrainResult> | null = null
  /** Why the round that runs now was begun. */
  let round: Asks = []
  /** The slice ended before every destination had its turn. */
  let isCutShort = false
  /** How often in a row another context held the lock, with nothing new to do. */
  let refusals = 0
  let failure: DrainFailure | null = null

  /** `projectId`: only this one is looked at. */
  function drain(reason: DrainReason, projectId: string | null = null): Promise<DrainResult> {
    const ask = { reason, projectId, at: clock.now() }
    if (reason !== 'timer') refusals = 0
    if (running === null) {
      asked.add(ask)
      running = runLocked()
      onChange()
    } else if (!isAnsweredBy(round, ask)) {
      asked.add(ask)
    }
    return running
  }

  async function runLocked(): Promise<DrainResult> {
    let result: DrainResult | undefined
    try {
      // A wake-up may have joined after the last look at `asked` and before the lock was released: then once more.
      do result = await locks.hold(`sync:${database.name}`, { ifAvailable: true }, runMended)
      while (result !== undefined && !asked.isEmpty && !isCutShort)
    } catch (error) {
      failure = { error: errorToRecord(error), at: clock.now() }
      result = { dueAt: clock.now() + STORAGE_RETRY_MS, settled: false }
    }
    // No await from here on: who called `drain` before this was seen above, who calls it after starts a new one.
    running = null
    round = []
    onChange()
    if (result !== undefined) {
      refusals = 0
      return result
    }
    // Why we were woken stays in `asked` for the next time: who holds the lock does not know it.
    const retryMs = Math.min(MAX_LOCK_RETRY_MS, LOCK_RETRY_MS * 2 ** refusals++)
    return { dueAt: clock.now() + retryMs, settled: false }
  }

  const runMended = () => withQueueMended(database, run)

  async function run(): Promise<DrainResult> {
    const startedAt = clock.now()
    const isSliceOver = () => clock.now() - startedAt >= SLICE_MS || clock.now() < startedAt
    for (;;) {
      round = asked.take(clock.now())
      isCutShort = await goRound(round, isSliceOver)
      const result = await judge()
      failure = null
      if (asked.isEmpty || isCutShort) return result
    }
  }

  async function judge(): Promise<DrainResult> {
    const now = clock.now()
    return database.read(['sync_metadata', 'outbox', 'settings'], async (tx) => {
      const settings = await readSyncSettings(tx)
      const spaces = await readSpaces(tx)
      const synced = spaces.filter(({ projectId }) => isSyncedProject(settings, projectId))
      const parked = new Set(spaces.filter((space) => space.parked !== null).map((space) => space.projectId))
      const rests = ({ projectId }: OutboxRecord) =>
        parked.has(projectId) || !isSyncedProject(settings, projectId)
      let settled = true
      await visitRows(tx, (row) => {
        settled = row.state === 'quarantined' || rests(row)
        return settled
      })
      if (isCutShort) return { dueAt: now, settled }
      const directory = settings.enabled ? [await readDirectory(tx, database.incarnation)] : []
      const dues = [...synced, ...directory].map((space) => dueAtOf(space, now))
      const { intervalMs } = settings
      if (intervalMs !== null) {
        for (const space of synced) {
          if (space.parked !== null || space.backoff !== null) continue
          // A success in the future is one of a clock that was wrong.
          dues.push(Math.min(now, space.lastSuccessAt ?? now) + intervalMs)
        }
      }
      const known = dues.filter((due) => due !== null)
      return { dueAt: known.length === 0 ? null : Math.min(...known), settled }
    })
  }

  return {
    drain,
    isRunning: () => running !== null,
    /** The storage's last failure under a drain; null once a drain went through. */
    lastFailure: () => failure,
  }
}
