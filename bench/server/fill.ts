import type { ChatStorage } from '../../server/storage/chat-storage.ts'
import { openStorage } from '../../server/storage/open-storage.ts'
import type { ProjectKey } from '../../server/storage/spaces.ts'
import type { Cursor } from '../../src/domain/ids.ts'
import { CURSOR_ZERO } from '../../src/domain/wire.ts'
import type { MeasuredDatabase } from './databases.ts'
import { newMessages } from './operations.ts'

export const PROJECT = 'bench'
const CONVERSATION = 100
const BATCH = 1_000

/** What a device knows of a filled log when it missed the last 100 operations. */
export type FilledLog = { readonly behind: Cursor }

/**
 * Fills the first project up to so many operations, through the server's own code, and gives each of the others a first one.
 */
export async function fillLog(
  database: MeasuredDatabase,
  projects: readonly ProjectKey[],
  operations: number,
): Promise<FilledLog> {
  const storage = await openStorage(database.url)
  const [key, ...others] = projects
  if (key === undefined) throw new Error('There has to be a project.')
  try {
    for (const other of others) await begin(storage, other)
    for (let filled = seqOf(await storage.head(key)); filled < operations; filled += BATCH) {
      const batch = Array.from({ length: BATCH / CONVERSATION }, (_, index) =>
        newMessages(`filled-${filled}-${index}`, CONVERSATION),
      ).flat()
      await storage.append({ ...key, cursor: CURSOR_ZERO, operations: batch, now: Date.now() })
      if (filled % 100_000 === 0 && filled > 0) console.log(`  ${filled} operations in the log …`)
    }
    const behind = await storage.head(key)
    await storage.append({
      ...key,
      cursor: behind,
      operations: newMessages(`last-${operations}`, CONVERSATION),
      now: Date.now(),
    })
    return { behind }
  } finally {
    await storage.close()
  }
}

async function begin(storage: ChatStorage, project: ProjectKey): Promise<void> {
  if ((await storage.head(project)) !== CURSOR_ZERO) return
  await storage.append({
    ...project,
    cursor: CURSOR_ZERO,
    operations: newMessages('first', 1),
    now: Date.now(),
  })
}

/** The number of rows that a cursor stands after. Only this benchmark looks into one. */
function seqOf(cursor: Cursor): number {
  return cursor === CURSOR_ZERO ? 0 : Number(cursor.split('.')[1])
}
