import type { MutationId } from '../domain/ids.ts'
import type { Operation } from '../domain/operation.ts'
import { BATCH_BYTES, BATCH_OPERATIONS } from '../domain/wire.ts'
import type { OutboxRecord } from '../ports/records/outbox.ts'
import type { WriteTransaction } from '../ports/storage.ts'
import type { OpenDatabase } from './open-database.ts'
import { newSpace, toUnoffered } from './sync/new-space.ts'

/** A project becomes a space that is synced with its first conversation. `known`: those that this transaction found or made. */
export async function ensureSpace(
  tx: WriteTransaction,
  projectId: string,
  incarnation: string,
  known: Set<string>,
): Promise<void> {
  if (known.has(projectId)) return
  known.add(projectId)
  if ((await tx.get('sync_metadata', `s:${projectId}`)) !== undefined) return
  await tx.put('sync_metadata', newSpace(projectId, incarnation))
}

/** Nothing is queued where no cloud is known: whoever syncs the project next offers everything. */
export async function noteUnqueued(
  tx: WriteTransaction,
  projectId: string,
  incarnation: string,
): Promise<void> {
  const known = await tx.get('sync_metadata', `s:${projectId}`)
  const space = known?.kind === 'space' ? known : newSpace(projectId, incarnation)
  if (space.unqueued !== true) await tx.put('sync_metadata', { ...space, unqueued: true })
}

/**
 * For another cloud: what was written without it was never queued for it. Begins at zero and offers all of it. `keepsWaits`: it may be
 * the one that was waited for.
 */
export async function offerEverything(database: OpenDatabase, keepsWaits: boolean): Promise<void> {
  await database.command('strict', async ({ tx }) => {
    for (const record of await tx.scan('sync_metadata')) {
      // What another server showed says nothing of this one.
      if (record.kind === 'plain' || record.kind === 'plain-shown')
        await tx.delete('sync_metadata', record.key)
      if (record.kind !== 'space' || !record.key.startsWith('s:')) continue
      const backoff = keepsWaits ? record.backoff : null
      await tx.put('sync_metadata', { ...toUnoffered(record), backoff, parked: null })
    }
  })
}

/** What one command wrote to one conversation, cut into rows that each fit a batch. */
export function outboxRows(
  operations: readonly Operation[],
  row: {
    readonly state: { readonly id: string; readonly projectId: string }
    readonly mutationId: MutationId | ''
    readonly createdAt: number
  },
): OutboxRecord[] {
  const rows: OutboxRecord[] = []
  let batch: Operation[] = []
  let bytes = 0
  const close = () => {
    if (batch.length === 0) return
    const { id: conversationId, projectId } = row.state
    const { mutationId, createdAt } = row
    rows.push({
      conversationId,
      projectId,
      mutationId,
      state: 'waiting',
      operations: batch,
      bytes,
      createdAt,
    })
    batch = []
    bytes = 0
  }
  for (const operation of operations) {
    const size = JSON.stringify(operation).length
    if (batch.length >= BATCH_OPERATIONS || bytes + size > BATCH_BYTES) close()
    batch.push(operation)
    bytes += size
  }
  close()
  return rows
}
