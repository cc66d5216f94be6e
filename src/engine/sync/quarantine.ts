import { type ErrorRecord, isErrorCode } from '../../domain/errors.ts'
import type { OperationId } from '../../domain/ids.ts'
import type { QuarantinedOperation } from '../../domain/sync-status.ts'
import type { PostAnswer } from '../../domain/wire.ts'
import type { ReadTransaction, WriteTransaction } from '../../ports/storage.ts'
import {
  appendRows,
  operationBytes,
  type Row,
  rowsOfConversation,
  shrinkRow,
  visitRows,
} from './outbox-rows.ts'

/** So many operations in a row that were refused with 403, 404 or 405, each on its own, are the destination's fault. */
export const DESTINATION_FAULT_COUNT = 3

/** Marks a refusal that may be the destination's own fault; cleared when it takes something else. */
const IN_DOUBT = 'inDoubt'

export const isInDoubt = (row: Row): boolean => row.refusal?.details[IN_DOUBT] === true

/** Puts a row aside. Only what is in quarantine may be overtaken. */
export async function quarantineRow(
  tx: WriteTransaction,
  row: Row,
  refusal: ErrorRecord,
  options: { readonly inDoubt?: boolean } = {},
): Promise<void> {
  const details = options.inDoubt === true ? { ...refusal.details, [IN_DOUBT]: true } : refusal.details
  await tx.put('outbox', { ...row, state: 'quarantined', refusal: { ...refusal, details } })
}

/** Takes the operations that an otherwise accepted batch was refused out of their row, each into a row of its own. */
export async function quarantineRejected(
  tx: WriteTransaction,
  row: Row,
  rejected: ReadonlyMap<OperationId, PostAnswer['rejected'][number]>,
): Promise<void> {
  const { sequence: _, ...rest } = row
  for (const operation of row.operations) {
    const refused = rejected.get(operation.id)
    if (refused === undefined) continue
    const refusal: ErrorRecord = {
      code: isErrorCode(refused.code) ? refused.code : 'sync/rejected',
      message: `The cloud refused this change${refused.detail === undefined ? '' : ` (${refused.detail})`}. It is kept here.`,
      retryable: false,
      details: { serverCode: refused.code, operationId: operation.id },
    }
    await appendRows(tx, [
      { ...rest, state: 'quarantined', operations: [operation], bytes: operationBytes(operation), refusal },
    ])
  }
  await shrinkRow(tx, row, (operation) => !rejected.has(operation.id))
}

/** The destination took something else: what it refused before stays refused. */
export async function confirmRefusals(tx: WriteTransaction, sequences: readonly number[]): Promise<void> {
  for (const sequence of sequences) {
    const row = await tx.get('outbox', sequence)
    if (row?.refusal === undefined) continue
    const { [IN_DOUBT]: _, ...details } = row.refusal.details
    await tx.put('outbox', { ...row, refusal: { ...row.refusal, details } })
  }
}

/** A row waits again: where it stood, or at the end, when what it overwrites was offered again meanwhile and waits behind it. */
export async function releaseRow(tx: WriteTransaction, sequence: number): Promise<boolean> {
  const row = await tx.get('outbox', sequence)
  if (row?.state !== 'quarantined') return false
  const { refusal: _, ...rest } = row
  const ground = new Set(row.operations.flatMap((each) => (each.kind === 'purge' ? [] : each.overwrites)))
  const isGround = (other: Row) =>
    other.sequence > sequence && other.operations.some(({ id }) => ground.has(id))
  if (!(await rowsOfConversation(tx, row.conversationId)).some(isGround)) {
    await tx.put('outbox', { ...rest, state: 'waiting' })
    return true
  }
  await tx.delete('outbox', sequence)
  await appendRows(tx, [{ ...rest, state: 'waiting' }])
  return true
}

export async function readQuarantined(tx: ReadTransaction): Promise<QuarantinedOperation[]> {
  const found: QuarantinedOperation[] = []
  await visitRows(tx, ({ state, refusal, sequence, conversationId, operations }) => {
    if (state === 'quarantined' && refusal !== undefined) {
      found.push({ sequence, conversationId, operationCount: operations.length, refusal })
    }
    return true
  })
  return found
}
