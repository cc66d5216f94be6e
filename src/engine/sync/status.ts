import type { SyncState, SyncStatus } from '../../domain/sync-status.ts'
import type { Clock } from '../../ports/clock.ts'
import type { SpaceSync } from '../../ports/records/sync.ts'
import { readFreedCount } from '../freeing/freed-count.ts'
import type { Database } from '../unit.ts'
import type { DrainFailure } from './drain.ts'
import type { Tally } from './outbox-tally.ts'
import { readDirectory } from './projects.ts'
import { FREED_REMEDY, remedyFor } from './remedies.ts'
import { readSyncSettings } from './settings.ts'
import { readSpaces, waitsUntil } from './space.ts'

/** What the host knows and the database does not. */
export type Circumstances = {
  readonly hasCloud: boolean
  readonly hasAccount: boolean
  readonly isRunning: boolean
  readonly failure: DrainFailure | null
}

/** Where sync stands, read from the database: the same answer from every engine on it. */
export async function readStatus(
  database: Database,
  clock: Clock,
  circumstances: Circumstances,
): Promise<SyncStatus> {
  const { spaces, tally, settings, freed } = await database.read(
    ['sync_metadata', 'outbox', 'settings'],
    async (tx) => {
      const settings = await readSyncSettings(tx)
      const spaces = [...(await readSpaces(tx)), await readDirectory(tx, database.incarnation)]
      const freed = await readFreedCount(tx)
      return { settings, spaces, freed, tally: await database.tally.read(tx, spaces) }
    },
  )
  const now = clock.now()
  const waits = spaces.map((space) => waitsUntil(space, now)).filter((until) => until !== null)
  const successes = spaces.map((space) => space.lastSuccessAt).filter((at) => at !== null)
  const lastError = newestError(spaces, circumstances.failure) ?? tally.refusal
  const { pendingCount, oldestPendingAt, quarantinedCount } = tally
  return {
    state: stateOf({ ...circumstances, isOn: settings.enabled }, spaces, {
      waits: waits.length > 0,
      tally,
      hasError: lastError !== null,
    }),
    pendingCount,
    oldestPendingAt,
    quarantinedCount,
    lastError: lastError === null ? null : { ...lastError, remedy: remedyFor(lastError) },
    nextAttemptAt: waits.length === 0 ? null : Math.min(...waits),
    lastSuccessAt: successes.length === 0 ? null : Math.max(...successes),
    attempt: Math.max(0, ...spaces.map((space) => space.backoff?.attempt ?? 0)),
    ...fetchingOf(spaces),
    ...(freed === undefined ? {} : { freed: { ...freed, remedy: FREED_REMEDY } }),
    ...(settings.enabled && settings.disabledProjects.length === 0
      ? {}
      : { switchedOff: { everything: !settings.enabled, projects: settings.disabledProjects } }),
  }
}

function stateOf(
  { hasCloud, hasAccount, isRunning, failure, isOn }: Circumstances & { readonly isOn: boolean },
  spaces: readonly SpaceSync[],
  { waits, tally, hasError }: { readonly waits: boolean; readonly tally: Tally; readonly hasError: boolean },
): SyncState {
  if (!hasCloud) return 'off'
  if (!hasAccount) return 'signed-out'
  if (!isOn) return 'off'
  if (isRunning) return 'syncing'
  const parked = spaces.map((space) => space.parked)
  if (parked.some((why) => why === 'auth' || why === 'gone' || why === 'wrong-account')) return 'signed-out'
  if (parked.includes('page')) return 'waiting-for-page'
  if (failure !== null) return 'error'
  if (waits) return 'waiting'
  if (tally.quarantinedCount > 0 || hasError) return 'error'
  return tally.pendingCount > 0 ? 'waiting' : 'idle'
}

function newestError(spaces: readonly SpaceSync[], failure: DrainFailure | null): Tally['refusal'] {
  const errors = spaces.map((space) => space.lastError).filter((error) => error !== null)
  if (failure !== null) errors.push({ ...failure.error, at: failure.at })
  return errors.reduce<Tally['refusal']>(
    (newest, error) => (newest === null || error.at >= newest.at ? error : newest),
    null,
  )
}

function fetchingOf(spaces: readonly SpaceSync[]): Pick<SyncStatus, 'fetching'> {
  const running = spaces.flatMap(({ bootstrap }) => bootstrap ?? [])
  if (running.length === 0) return {}
  const sum = (count: (one: (typeof running)[number]) => number) =>
    running.reduce((total, one) => total + count(one), 0)
  return {
    fetching: { listedCount: sum((one) => one.listedCount), filledCount: sum((one) => one.filledCount) },
  }
}
