import type { OperationId } from '../../domain/ids.ts'
import type { Delta } from '../../domain/wire.ts'
import type { Unit } from '../unit.ts'

/** Of every conversation that a page is about: when it was synced, and when the cloud received what put it into the trash. */
export async function noteSynced({ tx }: Unit, page: Delta, now: number): Promise<void> {
  const conversations = new Set(
    [...page.operations, ...page.purges].map((operation) => operation.conversationId),
  )
  for (const conversationId of conversations) {
    const key = `c:${conversationId}`
    const known = await tx.get('sync_metadata', key)
    const cloudId = known?.kind === 'conversation' ? known.cloudId : undefined
    const trashReceivedAt = {
      ...(known?.kind === 'conversation' ? known.trashReceivedAt : {}),
      ...receivedTrash(page, conversationId),
    }
    await tx.put('sync_metadata', {
      key,
      kind: 'conversation',
      conversationId,
      ...(cloudId === undefined ? {} : { cloudId }),
      ...(Object.keys(trashReceivedAt).length === 0 ? {} : { trashReceivedAt }),
      lastSyncedAt: now,
    })
  }
}

function receivedTrash(page: Delta, conversationId: string): Record<OperationId, number> {
  const received: Record<OperationId, number> = {}
  for (const operation of page.operations) {
    if (operation.kind !== 'set' || operation.register !== 'trashed') continue
    if (operation.conversationId === conversationId && operation.receivedAt !== undefined)
      received[operation.id] = operation.receivedAt
  }
  return received
}
