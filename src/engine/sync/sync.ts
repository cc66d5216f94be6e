import type { MutationId } from '../../domain/ids.ts'
import type { QuarantinedOperation, SyncStatus, WakeReason } from '../../domain/sync-status.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Events } from '../../ports/events.ts'
import type { Locks } from '../../ports/locks.ts'
import type { Network } from '../../ports/network.ts'
import type { Random } from '../../ports/random.ts'
import type { Database } from '../unit.ts'
import { createDrain, type DrainResult } from './drain.ts'
import { visitRows } from './outbox-rows.ts'
import { createProjectDirectory } from './projects.ts'
import { readQuarantined, releaseRow } from './quarantine.ts'
import { createSpaceCycle } from './space-cycle.ts'
import { readStatus } from './status.ts'
import { createTransport } from './transport.ts'

/** Progress is announced at most this often; the beginning and the end of a drain always are. */
const ANNOUNCE_INTERVAL_MS = 1_000

export type SyncOptions = {
  readonly database: Database
  /** The way to the cloud; null: none is configured, sync is off. */
  readonly network: Network | null
  /** The account that the database belongs to; null: an anonymous one, of which nothing is sent. */
  readonly accountId: string | null
  readonly clock: Clock
  readonly locks: Locks
  readonly random: Random
  readonly events: Events
}

export type Sync = {
  /** Posts and pulls what may be posted and pulled now. Concurrent calls join; it never rejects. */
  drain(reason: WakeReason): Promise<DrainResult>
  status(): Promise<SyncStatus>
  /** Ends a wait for the network or after a 5xx, and drains. */
  syncNow(): Promise<SyncStatus>
  /** Puts an operation that was refused back into the queue. The caller drains next. */
  retryQuarantined(sequence: number): Promise<void>
  listQuarantined(): Promise<readonly QuarantinedOperation[]>
  /** Whether something of this mutation has not been shown back by the cloud, what is in quarantine included. */
  isPending(mutationId: MutationId): Promise<boolean>
}

/** The engine's side of the cloud for one database. Everything it knows is in that database: it may die at any await. */
export function createSync(options: SyncOptions): Sync {
  const { database, network, accountId, clock, locks, random, events } = options
  let announcedAt = Number.NEGATIVE_INFINITY

  const transport = createTransport({ network, clock, accountId: accountId ?? '' })
  const cycle = createSpaceCycle({ database, transport, clock, random, onProgress: announceSometimes })
  const askForProjects = createProjectDirectory({ database, transport, clock, random })
  const drains = createDrain({ database, clock, locks, cycle, askForProjects, onChange: announce })

  function announce(): void {
    announcedAt = clock.now()
    events.publish({ type: 'statusChanged', database: database.name })
  }

  function announceSometimes(): void {
    if (Math.abs(clock.now() - announcedAt) >= ANNOUNCE_INTERVAL_MS) announce()
  }

  const isOff = network === null || accountId === null

  const status = () =>
    readStatus(database, clock, {
      hasCloud: network !== null,
      hasAccount: accountId !== null,
      isRunning: drains.isRunning(),
      failure: drains.lastFailure(),
    })

  return {
    drain: async (reason) => (isOff ? { dueAt: null, settled: true } : drains.drain(reason)),
    status,
    async syncNow() {
      if (!isOff) await drains.drain('sync-now')
      return status()
    },
    async retryQuarantined(sequence) {
      const isReleased = await database.write('strict', ({ tx }) => releaseRow(tx, sequence))
      if (isReleased) announce()
    },
    listQuarantined: () => database.read(['outbox'], readQuarantined),
    isPending: (mutationId) =>
      database.read(['outbox'], async (tx) => {
        let isFound = false
        await visitRows(tx, (row) => {
          isFound = row.mutationId === mutationId
          return !isFound
        })
        return isFound
      }),
  }
}
