import type { OperationId } from '../../src/domain/ids.ts'
import { MAX_PURGE_IDS, type PurgeOperation } from '../../src/domain/operation.ts'
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
  const names = bottomUp(overwritesById).filter((id) => !skipped.has(id)) as OperationId[]
  const purges: PurgeOperation[] = []
  for (let start = 0; start < names.length; start += MAX_PURGE_IDS) {
    purges.push({
      kind: 'purge',
      id: newId(),
      conversationId,
      names: names.slice(start, start + MAX_PURGE_IDS),
    })
  }
  return purges
}

/** All ids of a graph, each after everything it overwrites. A cycle (nobody honest makes one) is cut where it is met. */
export function bottomUp(overwritesById: ReadonlyMap<string, readonly string[]>): string[] {
  const order: string[] = []
  const met = new Set<string>()
  for (const root of overwritesById.keys()) {
    // A stack of our own: chains of edits can be longer than the call stack is deep.
    const stack: { readonly id: string; isLeaving: boolean }[] = [{ id: root, isLeaving: false }]
    for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
      if (top.isLeaving) order.push(top.id)
      if (top.isLeaving || met.has(top.id)) continue
      met.add(top.id)
      stack.push({ id: top.id, isLeaving: true })
      for (const id of overwritesById.get(top.id) ?? []) stack.push({ id, isLeaving: false })
    }
  }
  return order
}
