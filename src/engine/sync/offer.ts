import type { OperationId } from '../../domain/ids.ts'
import type { Operation } from '../../domain/operation.ts'
import type { OutboxRecord } from '../../ports/records.ts'
import type { Unit } from '../unit.ts'
import { appendRows, cutRows, rowsOfConversation } from './outbox-rows.ts'

/**
 * Offers what the server may lack of one conversation, others' operations included, and puts it before what is new: all purges, new
 * ones too; stubs, what is overwritten before what overwrites it; values, each after everything it overwrites; then what is new.
 * Doing it twice offers nothing twice. Operations in `shown` are known to be there.
 */
export async function offerConversation(
  unit: Unit,
  conversation: { readonly id: string; readonly projectId: string },
  shown: ReadonlySet<OperationId>,
  now: number,
): Promise<void> {
  const { tx } = unit
  const rows = await rowsOfConversation(tx, conversation.id)
  const known = await unit.knownOperations(conversation.id)
  const knownIds = new Set(known.map((operation) => operation.id))
  // An offer of an earlier time (a row without a mutation) is made anew from what is known now; the rest of the outbox is new.
  const isNew = (row: OutboxRecord, operation: Operation) =>
    row.mutationId !== '' || !knownIds.has(operation.id)
  const moving = rows.filter((row) => row.state !== 'quarantined')
  const fresh = moving.map((row) => ({
    row,
    operations: row.operations.filter((operation) => isNew(row, operation)),
  }))
  const elsewhere = new Set<OperationId>()
  for (const { operations } of [...fresh, ...rows.filter((row) => row.state === 'quarantined')]) {
    for (const operation of operations) elsewhere.add(operation.id)
  }
  const lacking = known.filter((operation) => !shown.has(operation.id) && !elsewhere.has(operation.id))

  for (const row of moving) await tx.delete('outbox', row.sequence)
  const isPurge = (operation: Operation) => operation.kind === 'purge'
  const isNoPurge = (operation: Operation) => operation.kind !== 'purge'
  const { id: conversationId, projectId } = conversation
  const offer = { conversationId, projectId, mutationId: '', state: 'waiting', createdAt: now } as const
  await appendRows(tx, cutRows(offer, lacking.filter(isPurge)))
  await putAgain(isPurge)
  await appendRows(tx, cutRows(offer, lacking.filter(isNoPurge)))
  await putAgain(isNoPurge)

  async function putAgain(isMeant: (operation: Operation) => boolean): Promise<void> {
    for (const { row, operations } of fresh) {
      const { sequence: _, operations: __, bytes: ___, ...rest } = row
      await appendRows(tx, cutRows({ ...rest, state: 'waiting' }, operations.filter(isMeant)))
    }
  }
}
