import { CURSOR_ZERO } from '../../domain/wire.ts'
import type { OutboxRecord } from '../../ports/records/outbox.ts'
import type { WriteTransaction } from '../../ports/storage.ts'
import type { CommandUnit } from '../command-unit.ts'
import type { ConversationState } from '../conversation-state.ts'
import { toMet, toSuspect } from '../sync/new-space.ts'
import { forgetGround } from '../sync/plain/ground.ts'
import { readSpace, readSpaces, spaceKey, updateSpace } from '../sync/space.ts'
import type { Database } from '../unit.ts'
import { isSoundRow } from './sound.ts'
import { mayBeDamage } from './with-mending.ts'

/** Rows looked at in one go. */
const CHUNK_ROWS = 64

/** Does work again that may have failed for a damaged row of the outbox, once those are out of the way. */
export async function withQueueMended<T>(database: Database, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!mayBeDamage(error)) throw error
    const isMended = await database.write('relaxed', ({ tx }) => mendQueue(tx)).catch(() => false)
    if (!isMended) throw error
    return work()
  }
}

/** Looks at the whole outbox. Answers whether anything of it was damaged. */
async function mendQueue(tx: WriteTransaction): Promise<boolean> {
  let isMended = false
  for (let after = 0; ; ) {
    const rows = await tx.scan('outbox', { range: { lower: after, lowerOpen: true }, limit: CHUNK_ROWS })
    if (await dropDamagedRows(tx, rows)) isMended = true
    after = rows.at(-1)?.sequence ?? after
    if (rows.length < CHUNK_ROWS) return isMended
  }
}

/**
 * Everything that waits for the cloud is in the read model, too: a row that says nothing any more goes, and its space is compared with
 * the cloud from the beginning, which offers whatever the cloud has not.
 */
export async function dropDamagedRows(tx: WriteTransaction, rows: readonly OutboxRecord[]): Promise<boolean> {
  const damaged = rows.filter((row) => !isSoundRow(row))
  for (const { sequence, projectId } of damaged) {
    if (sequence === undefined) continue
    const space = typeof projectId === 'string' ? await readSpace(tx, spaceKey(projectId)) : undefined
    for (const { key } of space === undefined ? await readSpaces(tx) : [space])
      await updateSpace(tx, key, (stored) => toSuspect(stored, stored.incarnation))
    await tx.delete('outbox', sequence)
  }
  return damaged.length > 0
}

/** Has everything of a conversation fetched when its project is next synced. */
export async function fetchAgain({ tx }: CommandUnit, { id, projectId }: ConversationState): Promise<void> {
  await forgetGround(tx, projectId, id) // A plain server is asked for the whole document.
  await updateSpace(tx, spaceKey(projectId), (space) => {
    if (space.suspect) return toMet(space) // The pull from zero brings it.
    if (space.cursor === CURSOR_ZERO) return toSuspect(space, space.incarnation)
    const bootstrap = space.bootstrap ?? { next: null, listedCount: 0, filledCount: 0 }
    return { ...space, bootstrap: { ...bootstrap, listedCount: bootstrap.listedCount + 1 } }
  })
}
