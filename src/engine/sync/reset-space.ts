import type { SpaceSync } from '../../ports/records/sync.ts'
import type { Database } from '../unit.ts'
import { toSuspect } from './new-space.ts'
import { isSamePoint, readSpace } from './space.ts'

/** After a 410: cursor to zero, unless somebody else moved it meanwhile. */
export async function resetSpace(
  database: Database,
  asked: SpaceSync,
): Promise<{ readonly kind: 'interrupted' | 'reset' }> {
  return database.write('relaxed', async ({ tx }) => {
    const stored = await readSpace(tx, asked.key)
    if (stored === undefined || !isSamePoint(stored, asked)) return { kind: 'interrupted' }
    await tx.put('sync_metadata', toSuspect(stored, database.incarnation))
    return { kind: 'reset' }
  })
}
