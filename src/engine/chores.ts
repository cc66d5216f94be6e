import type { Clock } from '../ports/clock.ts'
import { areFilesDropped } from './blobs.ts'
import { isCompactionDue } from './compact.ts'
import { isRoomDue } from './freeing/freeing.ts'
import { isRetentionDue } from './retention/retention.ts'
import type { Database } from './unit.ts'

/** What is due at a wake-up beside the queue. */
export type Chores = {
  readonly rules: boolean
  readonly oldCopies: boolean
  readonly room: boolean
  readonly files: boolean
}

const NONE: Chores = { rules: false, oldCopies: false, room: false, files: false }

/** One look in one transaction: most wake-ups find nothing to do. Never rejects; what the storage does not tell now, the next one asks. */
export async function choresDue(database: Database, clock: Clock): Promise<Chores> {
  const now = clock.now()
  try {
    return await database.read(['settings'], async (tx) => {
      const [rules, oldCopies, room, files] = await Promise.all([
        isRetentionDue(tx, now),
        isCompactionDue(tx, now),
        isRoomDue(tx, now),
        areFilesDropped(tx, now),
      ])
      // Rules and making room drop files themselves.
      return { rules, oldCopies, room, files: files || rules || room }
    })
  } catch {
    return NONE
  }
}
