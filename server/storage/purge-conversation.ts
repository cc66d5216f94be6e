import type { OperationId } from '../../src/domain/ids.ts'
import type { PurgeOperation } from '../../src/domain/operation.ts'
import { bottomUp, purgesOf } from '../../src/domain/purge.ts'
import type { Queries } from './engine.ts'
import { type Program, rowsOf } from './program.ts'

/**
 * The purges that remove a whole conversation: they name every operation that is here and every id those overwrite, but
 * for what is purged already, bottom up (what is overwritten before what overwrites it), at most 1,000 ids each. Empty
 * when nothing is left to remove.
 */
export function* purgesOfConversation(
  { db }: Queries,
  { space, conversationId, newId }: { space: string; conversationId: string; newId: () => OperationId },
): Program<readonly PurgeOperation[]> {
  const rows = yield* rowsOf(
    db
      .selectFrom('log')
      .where('space', '=', space)
      .where('conversation_id', '=', conversationId)
      .where('live', '=', 1)
      .where('kind', '!=', 'purge')
      .orderBy('seq')
      .select(['id', 'links']),
  )
  const purged = yield* rowsOf(
    db
      .selectFrom('purged')
      .where('space', '=', space)
      .where('conversation_id', '=', conversationId)
      .select('id'),
  )
  const overwritesById = new Map<string, readonly string[]>()
  for (const { id, links } of rows) overwritesById.set(id, JSON.parse(links) as string[])
  const skipped = new Set(purged.map((row) => row.id))
  const names = bottomUp(overwritesById.keys(), overwritesById).filter((id) => !skipped.has(id))
  return purgesOf(conversationId, names as OperationId[], newId)
}
