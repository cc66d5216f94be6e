import type { Operation } from '../../domain/operation.ts'
import { BATCH_BYTES, type PostBody } from '../../domain/wire.ts'
import type { SpaceSync } from '../../ports/records/sync.ts'
import type { ReadTransaction } from '../../ports/storage.ts'
import { type Row, visitRows } from './outbox-rows.ts'
import { isInDoubt } from './quarantine.ts'

/** What one POST carries, and what was passed on the way to it. */
export type Batch = {
  /** In outbox order, all of one project. */
  readonly rows: readonly Row[]
  readonly operationCount: number
  /** The next row is too large for a batch of this size and has to be cut first. */
  readonly oversized: Row | null
  /** Rows that the cloud has acknowledged and not shown yet. */
  readonly sent: readonly number[]
  /** Rows put aside by refusals that may be the destination's own fault. */
  readonly inDoubt: readonly number[]
}

/**
 * The next operations of a project, strictly in outbox order: whole rows while they fit, at least one. Only what is in quarantine
 * is passed over.
 */
export async function selectBatch(
  tx: ReadTransaction,
  projectId: string,
  maxOperations: number,
): Promise<Batch> {
  const rows: Row[] = []
  const sent: number[] = []
  const inDoubt: number[] = []
  let oversized: Row | null = null
  let operationCount = 0
  let bytes = 0
  await visitRows(tx, (row) => {
    if (row.projectId !== projectId) return true
    if (row.state === 'sent') sent.push(row.sequence)
    else if (row.state === 'quarantined') {
      if (isInDoubt(row)) inDoubt.push(row.sequence)
    } else if (rows.length === 0 && isOversized(row, maxOperations)) {
      oversized = row
      return false
    } else if (
      rows.length > 0 &&
      (operationCount + row.operations.length > maxOperations || bytes + row.bytes > BATCH_BYTES)
    ) {
      return false
    } else {
      rows.push(row)
      operationCount += row.operations.length
      bytes += row.bytes
    }
    return true
  })
  return { rows, operationCount, oversized, sent, inDoubt }
}

/** The body of the POST: operations under their conversations, each conversation's in order. */
export function batchToBody(space: SpaceSync, rows: readonly Row[]): PostBody {
  const operationsById = new Map<string, Operation[]>()
  for (const row of rows) {
    const operations = operationsById.get(row.conversationId) ?? []
    operations.push(...row.operations)
    operationsById.set(row.conversationId, operations)
  }
  const conversations = [...operationsById].map(([id, operations]) => ({ id, operations }))
  return { projectId: space.projectId, cursor: space.cursor, conversations } as PostBody
}

function isOversized(row: Row, maxOperations: number): boolean {
  return row.operations.length > 1 && (row.operations.length > maxOperations || row.bytes > 2 * BATCH_BYTES)
}
