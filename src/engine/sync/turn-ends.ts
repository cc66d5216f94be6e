import type { Clock } from '../../ports/clock.ts'
import type { Random } from '../../ports/random.ts'
import type { SpaceSync } from '../../ports/records.ts'
import type { Database } from '../unit.ts'
import type { ParkOutcome, RetryOutcome } from './classify.ts'
import {
  readSpace,
  readSpaces,
  spaceKey,
  toParked,
  toReady,
  toSuspect,
  toWaiting,
  updateSpace,
} from './space.ts'

/** How a turn of one space ended. */
export type TurnResult = 'done' | 'slice-over' | 'waiting' | 'parked'

/** Beginning and ends of a turn, which are the same with every kind of server. */
export function createTurnEnds(options: {
  readonly database: Database
  readonly clock: Clock
  readonly random: Random
  readonly onProgress: () => void
}) {
  const { database, clock, random, onProgress } = options

  return {
    /** A cursor of another life of this store is worth nothing; what was written without a queue only who offers everything knows. */
    async openSpace(projectId: string): Promise<SpaceSync | undefined> {
      const key = spaceKey(projectId)
      const space = await database.read(['sync_metadata'], (tx) => readSpace(tx, key))
      if (space === undefined) return space
      if (space.incarnation === database.incarnation && space.unqueued !== true) return space
      return database.write('relaxed', ({ tx }) =>
        updateSpace(tx, key, (stored) => toSuspect(stored, database.incarnation)),
      )
    },

    /** Nothing is left to do: whatever was in the way before is over. */
    async finish(key: string, change: Partial<SpaceSync> = {}): Promise<TurnResult> {
      await database.write('relaxed', ({ tx }) =>
        updateSpace(tx, key, (stored) => ({ ...toReady(stored, clock.now()), ...change })),
      )
      return 'done'
    },

    /** Writes the wait, or parks every destination of the account: they share one session. */
    async halt(key: string, outcome: RetryOutcome | ParkOutcome): Promise<TurnResult> {
      const now = clock.now()
      const randomNumber = random.number()
      const write = () =>
        database.write('relaxed', async ({ tx }) => {
          if (outcome.kind === 'retry') {
            await updateSpace(tx, key, (stored) => toWaiting(stored, outcome, now, randomNumber))
            return
          }
          for (const stored of await readSpaces(tx))
            await tx.put('sync_metadata', toParked(stored, outcome, now))
        })
      // What the server asked for must not be replaced by the milder wait of a storage that refused it once.
      await write().catch(write)
      onProgress()
      return outcome.kind === 'retry' ? 'waiting' : 'parked'
    },
  }
}
