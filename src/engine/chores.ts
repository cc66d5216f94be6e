import type { Clock } from '../ports/clock.ts'
import { areFilesDropped } from './blobs.ts'
import { isCompactionDue } from './compact.ts'
import { roomDue } from './freeing/freeing.ts'
import { isRetentionDue } from './retention/retention.ts'
import type { Database } from './unit.ts'

/** What is due at a wake-up beside the queue. */
export type Chores = {
  readonly rules: boolean
  readonly oldCopies: boolean
  /** What is still to be freed of what was found too much, in bytes; 0: it is time to ask how full the disk is; null: neither. */
  readonly room: number | null
  readonly files: boolean
}

const NONE: Chores = { rules: false, oldCopies: false, room: null, files: false }

/** One look in one transaction: most wake-ups find nothing to do. Never rejects; what the storage does not tell now, the next one asks. */
export async function choresDue(database: Database, clock: Clock): Promise<Chores> {
  const now = clock.now()
  try {
    return await database.read(['settings'], async (tx) => {
      const [rules, oldCopies, room, files] = await Promise.all([
        isRetentionDue(tx, now),
        isCompactionDue(tx, now),
        roomDue(tx, now),
        areFilesDropped(tx, now),
      ])
      return { rules, oldCopies, room, files }
    })
  } catch {
    return NONE
  }
}
