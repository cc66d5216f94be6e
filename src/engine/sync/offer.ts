import type { OperationId } from '../../domain/ids.ts'
import type { Operation } from '../../domain/operation.ts'
import { bottomUp } from '../../domain/purge.ts'
import type { OutboxRecord } from '../../ports/records/outbox.ts'
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
  const { id: conversationId, projectId } = conversation
  const offer = { conversationId, projectId, mutationId: '', state: 'waiting', createdAt: now } as const
  const waiting: Waiting[] = lacking.map((operation) => ({ operation, row: offer }))
  for (const { row, operations } of fresh) {
    const { sequence: _, operations: __, bytes: ___, ...rest } = row
    const again = { ...rest, state: 'waiting' } as const
    for (const operation of operations) waiting.push({ operation, row: again })
  }
  await appendRows(tx, toRows(waiting.filter(({ operation }) => operation.kind === 'purge')))
  const queued = new Set(fresh.flatMap(({ operations }) => operations.map(({ id }) => id)))
  await appendRows(tx, toRows(afterOverwritten(waiting, queued)))
}

type Waiting = { readonly operation: Operation; readonly row: Parameters<typeof cutRows>[0] }

/**
 * Everything but purges in the order given, but each after what it overwrites: what was written without a queue, or by a copy of this profile, may overwrite what
 * still waits in it, and be overwritten by that. The queue keeps its order: what is above something in it waits for all of it, or for what
 * overwrites that in turn.
 */
function afterOverwritten(waiting: readonly Waiting[], queued: ReadonlySet<OperationId>): readonly Waiting[] {
  const byId = new Map<OperationId, Waiting>()
  const overwritesById = new Map<OperationId, readonly OperationId[]>()
  for (const each of waiting) {
    const { operation } = each
    if (operation.kind === 'purge' || byId.has(operation.id)) continue
    byId.set(operation.id, each)
    overwritesById.set(operation.id, operation.overwrites)
  }
  const aboveQueue = new Set<OperationId>()
  for (const id of bottomUp(byId.keys(), overwritesById)) {
    const isAbove = (below: OperationId) => queued.has(below) || aboveQueue.has(below)
    if (!queued.has(id) && overwritesById.get(id)?.some(isAbove)) aboveQueue.add(id)
  }
  const roots = [...byId.keys()].filter((id) => !aboveQueue.has(id))
  return bottomUp([...roots, ...aboveQueue], overwritesById).flatMap((id) => byId.get(id) ?? [])
}

/** Rows of what waits, in this order: neighbours of one row stay in one. */
function toRows(waiting: readonly Waiting[]): readonly OutboxRecord[] {
  const rows: OutboxRecord[] = []
  let run: Waiting[] = []
  const close = () => {
    const [first] = run
    if (first !== undefined)
      rows.push(
        ...cutRows(
          first.row,
          run.map(({ operation }) => operation),
        ),
      )
    run = []
  }
  for (const each of waiting) {
    if (run[0] !== undefined && run[0].row !== each.row) close()
    run.push(each)
  }
  close()
  return rows
}
