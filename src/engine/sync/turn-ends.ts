import { errorToRecord } from '../../domain/errors.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Random } from '../../ports/random.ts'
import type { SpaceSync } from '../../ports/records/sync.ts'
import type { ReadTransaction, WriteTransaction } from '../../ports/storage.ts'
import { withQueueMended } from '../mending/mend-queue.ts'
import type { Database } from '../unit.ts'
import type { ParkOutcome, RetryOutcome } from './classify.ts'
import type { DrainReason } from './drain-reason.ts'
import { toSuspect, toUnoffered } from './new-space.ts'
import {
  mayAsk,
  readSpace,
  readSpaces,
  spaceKey,
  toParked,
  toReady,
  toWaiting,
  updateSpace,
} from './space.ts'

/** How a turn of one space ended. */
export type TurnResult = 'done' | 'slice-over' | 'waiting' | 'parked'

/** A space whose turn it is, and what was read in the same transaction. */
export type Opened<T> = { readonly space: SpaceSync; readonly beside: T }

/** What the server said that ends a turn, and when. */
type Halt = {
  readonly outcome: RetryOutcome | ParkOutcome
  readonly at: number
  readonly randomNumber: number
}

export type TurnEnds = ReturnType<typeof createTurnEnds>

/** Beginning and ends of a turn, which are the same with every kind of server. */
export function createTurnEnds(options: {
  readonly database: Database
  readonly clock: Clock
  readonly random: Random
  readonly onProgress: () => void
}) {
  const { database, clock, random, onProgress } = options
  /** Waits that the storage refused to note: nobody is asked before they are noted. */
  const unnoted = new Map<string, Halt>()

  /** Writes the wait, or parks every destination of the account: they share one session. */
  async function halt(key: string, outcome: RetryOutcome | ParkOutcome): Promise<TurnResult> {
    // What the server asked for must not be replaced by the milder wait of a storage that refused it.
    const due = unnoted.get(key) ?? { outcome, at: clock.now(), randomNumber: random.number() }
    unnoted.set(key, due)
    const write = () => database.write('relaxed', ({ tx }) => note(tx, key, due))
    await write().catch(write)
    unnoted.delete(key)
    onProgress()
    return due.outcome.kind === 'retry' ? 'waiting' : 'parked'
  }

  async function note(tx: WriteTransaction, key: string, { outcome, at, randomNumber }: Halt): Promise<void> {
    if (outcome.kind === 'retry') {
      await updateSpace(tx, key, (stored) => toWaiting(stored, outcome, at, randomNumber))
      return
    }
    for (const stored of await readSpaces(tx)) await tx.put('sync_metadata', toParked(stored, outcome, at))
  }

  /** Notes a wait that is owed. Undefined when none is. */
  async function noteOwed(key: string): Promise<TurnResult | undefined> {
    const due = unnoted.get(key)
    return due === undefined ? undefined : halt(key, due.outcome)
  }

  return {
    halt,
    noteOwed,

    /** One turn of a space. What it throws (the storage refused something, or we have a bug) becomes a wait; what of that cannot be written is thrown. */
    async guardTurn(projectId: string, take: () => Promise<TurnResult>): Promise<TurnResult> {
      const key = spaceKey(projectId)
      const owed = await noteOwed(key)
      if (owed !== undefined) return owed
      try {
        return await withQueueMended(database, take)
      } catch (cause) {
        const error = errorToRecord(cause)
        onProgress()
        return halt(key, { kind: 'retry', failure: { reason: 'server', retryAfterMs: null }, error })
      }
    },

    /**
     * The space and what is read beside it, if its destination may be asked: since the round began, opening a conversation may have ended in
     * a wait. A cursor of another life of this store is worth nothing; what was written without a queue only who offers everything knows.
     */
    async openSpace<T>(
      projectId: string,
      reasons: ReadonlySet<DrainReason>,
      readBeside: (tx: ReadTransaction) => Promise<T>,
    ): Promise<Opened<T> | 'done' | 'waiting'> {
      const key = spaceKey(projectId)
      const [space, beside] = await database.read(['sync_metadata', 'outbox'], (tx) =>
        Promise.all([readSpace(tx, key), readBeside(tx)]),
      )
      if (space === undefined) return 'done'
      if (!mayAsk(space, reasons, clock.now())) return 'waiting'
      if (space.incarnation === database.incarnation && space.unqueued !== true) return { space, beside }
      const suspect = await database.write('relaxed', ({ tx }) =>
        updateSpace(tx, key, (stored) =>
          stored.incarnation === database.incarnation
            ? toUnoffered(stored)
            : toSuspect(stored, database.incarnation),
        ),
      )
      return suspect === undefined ? 'done' : { space: suspect, beside }
    },

    /** Nothing is left to do: whatever was in the way before is over. */
    async finish(
      key: string,
      change: (space: SpaceSync) => SpaceSync = (space) => space,
    ): Promise<TurnResult> {
      await database.write('relaxed', ({ tx }) =>
        updateSpace(tx, key, (stored) => change(toReady(stored, clock.now()))),
      )
      return 'done'
    },
  }
}
