import { utf8Length } from '../../domain/json.ts'
import type { Operation } from '../../domain/operation.ts'
import { BATCH_BYTES, BATCH_OPERATIONS } from '../../domain/wire.ts'
import type { OutboxRecord } from '../../ports/records/outbox.ts'
import type { ReadTransaction, WriteTransaction } from '../../ports/storage.ts'
import { damagedRow } from '../mending/damage-errors.ts'
import { isSoundRow } from '../mending/sound.ts'

/** A row that is in the outbox. Its operations share one state; a row only ever shrinks, and its sequence is never given again. */
export type Row = OutboxRecord & { readonly sequence: number }

/** Rows read at once, at first and at most: a row may hold as much as a batch, and mostly few are wanted. */
const FIRST_CHUNK_ROWS = 4
const MAX_CHUNK_ROWS = 64

export const operationBytes = (operation: Operation): number => utf8Length(JSON.stringify(operation))

/** Visits rows in outbox order, from behind a sequence, until `visit` answers false. Rejects with `storage/corrupt` at a damaged one. */
export async function visitRows(
  tx: ReadTransaction,
  visit: (row: Row) => boolean | undefined,
  from = 0,
): Promise<void> {
  let after = from
  for (let limit = FIRST_CHUNK_ROWS; ; limit = Math.min(MAX_CHUNK_ROWS, limit * 2)) {
    const rows = await tx.scan('outbox', { range: { lower: after, lowerOpen: true }, limit })
    for (const row of rows) {
      if (row.sequence === undefined) continue
      if (!isSoundRow(row)) throw damagedRow()
      after = row.sequence
      if (visit(row as Row) === false) return
    }
    if (rows.length < limit) return
  }
}

/** The rows with these sequences that are still there. */
export async function readRows(tx: ReadTransaction, sequences: readonly number[]): Promise<Row[]> {
  const rows: Row[] = []
  for (const sequence of sequences) {
    const row = await tx.get('outbox', sequence)
    if (row !== undefined) rows.push({ ...row, sequence })
  }
  return rows
}

/** Rows of one conversation in order. */
export async function rowsOfConversation(tx: ReadTransaction, conversationId: string): Promise<Row[]> {
  const rows = await tx.scan('outbox', {
    index: 'byConversation',
    range: { lower: [conversationId], upper: [conversationId, []] },
  })
  return rows.filter((row): row is Row => row.sequence !== undefined)
}

/** Puts rows at the end, in the order given, and answers nothing of where: sequences are the store's own. */
export async function appendRows(tx: WriteTransaction, rows: readonly OutboxRecord[]): Promise<void> {
  for (const row of rows) {
    const { sequence: _, ...rest } = row as Row
    await tx.put('outbox', rest)
  }
}

/** Operations as rows that each fit a batch, with the rest of `row`. */
export function cutRows(
  row: Omit<OutboxRecord, 'sequence' | 'operations' | 'bytes'>,
  operations: readonly Operation[],
  maxOperations = BATCH_OPERATIONS,
): OutboxRecord[] {
  const rows: OutboxRecord[] = []
  let part: Operation[] = []
  let bytes = 0
  const close = () => {
    if (part.length > 0) rows.push({ ...row, operations: part, bytes })
    part = []
    bytes = 0
  }
  for (const operation of operations) {
    const size = operationBytes(operation)
    if (part.length >= maxOperations || bytes + size > BATCH_BYTES) close()
    part.push(operation)
    bytes += size
  }
  close()
  return rows
}

/** The same row with fewer operations: rewritten, or removed when none is left. Answers whether anything changed. */
export async function shrinkRow(
  tx: WriteTransaction,
  row: Row,
  keep: (operation: Operation) => boolean,
  change: Partial<Pick<OutboxRecord, 'state'>> = {},
): Promise<boolean> {
  const operations = row.operations.filter(keep)
  const isSame = operations.length === row.operations.length
  if (isSame && (change.state === undefined || change.state === row.state)) return false
  if (operations.length === 0) {
    await tx.delete('outbox', row.sequence)
    return true
  }
  const bytes = isSame ? row.bytes : operations.reduce((sum, operation) => sum + operationBytes(operation), 0)
  await tx.put('outbox', { ...row, ...change, operations, bytes })
  return true
}

/**
 * Cuts a row that is too large for a batch. Its parts, and what waits behind it in its conversation, keep their order: what does
 * not fit moves to the end of the outbox, and everything later of the conversation moves behind it, cut as well.
 */
export async function splitRow(tx: WriteTransaction, row: Row, maxOperations: number): Promise<void> {
  const { operations, bytes: _, sequence, ...rest } = row
  const [first, ...others] = cutRows(rest, operations, maxOperations)
  if (first === undefined) return
  await tx.put('outbox', { ...first, sequence })
  if (others.length === 0) return
  const later = (await rowsOfConversation(tx, row.conversationId)).filter(
    (other) => other.sequence > sequence && other.state !== 'quarantined',
  )
  await appendRows(tx, others)
  for (const other of later) {
    const { operations: all, bytes: __, sequence: moved, ...same } = other
    await tx.delete('outbox', moved)
    await appendRows(tx, cutRows(same, all))
  }
}
