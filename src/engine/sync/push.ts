import { type PostAnswer, postAnswerSchema } from '../../domain/wire.ts'
import type { SpaceSync } from '../../ports/records/sync.ts'
import type { WriteTransaction } from '../../ports/storage.ts'
import { isQuota } from '../freeing/with-room.ts'
import type { Database, Unit } from '../unit.ts'
import { type Batch, batchToBody } from './batch.ts'
import { badAnswer, type FailedOutcome, type RefusedOutcome, refusalToRetry } from './classify.ts'
import { type Row, shrinkRow, splitRow } from './outbox-rows.ts'
import {
  confirmRefusals,
  DESTINATION_FAULT_COUNT,
  quarantineRejected,
  quarantineRow,
  releaseRow,
} from './quarantine.ts'
import { spaceKey, updateSpace } from './space.ts'
import type { Transport } from './transport.ts'

export type PushResult =
  /** Nothing waits, or not before a pull has shown `sent`, acknowledged rows of an earlier turn. */
  | { readonly kind: 'nothing'; readonly sent: readonly number[] }
  | { readonly kind: 'posted'; readonly operationCount: number; readonly sent: readonly number[] }
  /** A row was cut into parts; nothing was sent. */
  | { readonly kind: 'cut' }
  /** The batch was refused as a whole: try less of it. */
  | { readonly kind: 'too-much'; readonly operationCount: number; readonly isDestination: boolean }
  /** An operation that was refused on its own was put aside. */
  | { readonly kind: 'quarantined' }
  | Exclude<FailedOutcome, { kind: 'refused' }>

/** Posts a batch of one space and settles what the cloud answered, in one transaction. */
export function createPush(options: { readonly database: Database; readonly transport: Transport }) {
  const { database, transport } = options
  /** Sent when the disk had no room to note it, in this life. */
  const unnoted = new Set<number>()

  /** `hasPulled`: the destination has answered something, so that a refusal is about what was sent. */
  return async function push(
    space: SpaceSync,
    batch: Batch,
    { maxOperations, hasPulled }: { readonly maxOperations: number; readonly hasPulled: boolean },
  ): Promise<PushResult> {
    const { projectId } = space
    // The cloud may have lost them: our cursor is older than they are, so that it would take what builds on them.
    if (batch.sent.length > 0) return { kind: 'nothing', sent: batch.sent }
    if (batch.oversized !== null) {
      await cut(batch.oversized, maxOperations)
      return { kind: 'cut' }
    }
    if (batch.rows.length === 0) return { kind: 'nothing', sent: [] }
    const body = JSON.stringify(batchToBody(space, batch.rows))
    const outcome = await transport.send({ method: 'POST', path: '/conversations', body }, postAnswerSchema)
    if (outcome.kind === 'refused') return settleRefusal(batch, outcome, hasPulled)
    if (outcome.kind !== 'ok') return outcome
    const settle = async ({ tx }: Unit): Promise<boolean> => {
      const whole = await settleRows(tx, batch.rows, outcome.answer)
      await confirmRefusals(tx, batch.inDoubt)
      await updateSpace(tx, spaceKey(projectId), (stored) =>
        stored.parked === null ? stored : { ...stored, parked: null },
      )
      return whole
    }
    const isWhole = await database
      .write('relaxed', settle)
      .catch((error: unknown) => mayStayUnnoted(error, batch, outcome.answer))
    if (!isWhole)
      return badAnswer('The cloud did not say what became of everything that was sent.', { projectId })
    const sent = batch.rows.map((row) => row.sequence)
    return { kind: 'posted', operationCount: batch.operationCount, sent }
  }

  /**
   * To note that a row was sent takes as much room as saving it did. Where there is none it waits on: the pull that follows shows it and takes
   * it off this disk, or it is sent again, but not again and again to a cloud that does not show it.
   */
  function mayStayUnnoted(error: unknown, { rows }: Batch, { rejected }: PostAnswer): true {
    const isNew = rows.some(({ sequence }) => !unnoted.has(sequence))
    if (!isQuota(error) || rejected.length > 0 || !isNew) throw error
    for (const { sequence } of rows) unnoted.add(sequence)
    return true
  }

  async function cut(row: Row, maxOperations: number): Promise<void> {
    await database.write('relaxed', async ({ tx }) => {
      const stored = await tx.get('outbox', row.sequence)
      if (stored?.state === 'waiting')
        await splitRow(tx, { ...stored, sequence: row.sequence }, maxOperations)
    })
  }

  /** Halve a batch; put a single operation aside; back off when the destination takes nothing at all. */
  async function settleRefusal(
    batch: Batch,
    outcome: RefusedOutcome,
    hasPulled: boolean,
  ): Promise<PushResult> {
    const { operationCount, inDoubt } = batch
    const { isDestination } = outcome
    if (operationCount > 1 || (isDestination && !hasPulled))
      return { kind: 'too-much', operationCount, isDestination }
    if (isDestination && inDoubt.length + 1 >= DESTINATION_FAULT_COUNT) {
      await database.write('relaxed', async ({ tx }) => {
        for (const sequence of inDoubt) await releaseRow(tx, sequence)
      })
      return refusalToRetry(outcome)
    }
    await database.write('relaxed', async ({ tx }) => {
      for (const { sequence } of batch.rows) {
        const stored = await tx.get('outbox', sequence)
        if (stored?.state !== 'waiting') continue
        await quarantineRow(tx, { ...stored, sequence }, outcome.error, { inDoubt: isDestination })
      }
      if (!isDestination) await confirmRefusals(tx, inDoubt)
    })
    return { kind: 'quarantined' }
  }
}

/** Accepted rows become `sent`, held operations leave, rejected ones are put aside. False if the answer forgot an operation. */
async function settleRows(tx: WriteTransaction, rows: readonly Row[], answer: PostAnswer): Promise<boolean> {
  const held = new Set(answer.held)
  const accepted = new Set([...answer.accepted, ...answer.held])
  const rejected = new Map(answer.rejected.map((refused) => [refused.id, refused]))
  let isWhole = true
  for (const { sequence } of rows) {
    const row = await tx.get('outbox', sequence)
    if (row === undefined || row.state === 'quarantined') continue
    const answered = row.operations.every(
      (operation) => accepted.has(operation.id) || rejected.has(operation.id),
    )
    if (!answered) isWhole = false
    await quarantineRejected(tx, { ...row, sequence }, rejected)
    const left = await tx.get('outbox', sequence)
    if (left === undefined) continue
    await shrinkRow(
      tx,
      { ...left, sequence },
      (operation) => !held.has(operation.id),
      answered ? { state: 'sent' } : {},
    )
  }
  return isWhole
}
