import type { ErrorRecord } from '../../domain/errors.ts'
import type { ProjectSync } from '../../domain/sync-status.ts'
import type { ReadTransaction } from '../../ports/storage.ts'
import { visitRows } from './outbox-rows.ts'
import { readSpace, spaceKey, waitsUntil } from './space.ts'

/** How one project's sync went since `startedAt`, for whoever asked for it by name; of its changes only those of one conversation, if named. */
export async function readProjectSync(
  tx: ReadTransaction,
  asked: { readonly projectId: string; readonly conversationId?: string },
  startedAt: number,
  now: number,
): Promise<ProjectSync> {
  const { projectId, conversationId } = asked
  const space = await readSpace(tx, spaceKey(projectId))
  let pendingCount = 0
  let refusal: ErrorRecord | null = null
  await visitRows(tx, (row) => {
    if (row.projectId !== projectId || row.conversationId !== (conversationId ?? row.conversationId))
      return true
    if (row.state === 'quarantined') refusal = row.refusal ?? refusal
    else pendingCount += row.operations.length
    return true
  })
  const isStuck = space !== undefined && (space.parked !== null || waitsUntil(space, now) !== null)
  const error = isStuck ? space.lastError : pendingCount === 0 ? refusal : null
  const isFetched = space?.lastSuccessAt !== null && (space?.lastSuccessAt ?? 0) >= startedAt
  return { isComplete: isFetched && pendingCount === 0 && error === null, error, pendingCount }
}
