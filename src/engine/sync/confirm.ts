import type { OperationId } from '../../domain/ids.ts'
import type { Operation, StubOperation } from '../../domain/operation.ts'
import type { Delta } from '../../domain/wire.ts'
import type { WriteTransaction } from '../../ports/storage.ts'
import type { Unit } from '../unit.ts'
import { appendRows, cutRows, type Row, rowsOfConversation, shrinkRow } from './outbox-rows.ts'

/** What a page showed, after it was applied. */
export type Shown = {
  /** Shown whole, or as a stub of what is purged or overwritten here: the server needs nothing more of these. */
  readonly confirmed: ReadonlySet<OperationId>
  /** Shown as a stub although this database holds the value and nothing overwrites it. */
  readonly weak: ReadonlyMap<OperationId, StubOperation>
}

/** Judges a page that was just applied in the same unit. */
export async function judgePage(unit: Unit, page: Delta): Promise<Shown> {
  const confirmed = new Set<OperationId>()
  const weak = new Map<OperationId, StubOperation>()
  for (const purge of page.purges) confirmed.add(purge.id)
  for (const operation of page.operations) {
    if (operation.kind === 'stub' && (await unit.levelOf(operation)) === 'value')
      weak.set(operation.id, operation)
    else confirmed.add(operation.id)
  }
  return { confirmed, weak }
}

/**
 * What a page brings that is not applied here yet. Our own operations were, in the transaction that queued them: while much is being
 * uploaded, a page holds little else.
 */
export function newsOf(page: Delta, sent: readonly Row[]): readonly Operation[] {
  const own = new Set<OperationId>()
  for (const row of sent) for (const { kind, id } of row.operations) if (kind === 'set') own.add(id)
  return [...page.purges, ...page.operations.filter(({ kind, id }) => kind !== 'set' || !own.has(id))]
}

/** Removes what a page confirmed from the outbox, most of it from the rows in `sent`. What it showed too little of waits again. */
export async function settleShown(
  tx: WriteTransaction,
  page: Delta,
  shown: Shown,
  sent: readonly Row[],
): Promise<void> {
  const elsewhere = new Map<OperationId, string>()
  for (const { id, conversationId } of [...page.operations, ...page.purges]) elsewhere.set(id, conversationId)
  for (const row of sent) {
    for (const operation of row.operations) elsewhere.delete(operation.id)
    await settleRow(tx, row, shown)
  }
  if (elsewhere.size === 0 || (await tx.count('outbox')) === 0) return
  for (const conversationId of new Set(elsewhere.values())) {
    for (const row of await rowsOfConversation(tx, conversationId)) await settleRow(tx, row, shown)
  }
}

async function settleRow(tx: WriteTransaction, row: Row, { confirmed, weak }: Shown): Promise<void> {
  const isWeak = row.operations.some((operation) => operation.kind === 'set' && weak.has(operation.id))
  const isDone = ({ id, kind }: Operation) => confirmed.has(id) || (kind === 'stub' && weak.has(id))
  const change = isWeak && row.state === 'sent' ? ({ state: 'waiting' } as const) : {}
  await shrinkRow(tx, row, (operation) => !isDone(operation), change)
}

/** Offers the values of heads that the server shows as stubs, unless they are on their way already. */
export async function offerWeak(unit: Unit, projectId: string, shown: Shown, now: number): Promise<void> {
  for (const conversationId of new Set([...shown.weak.values()].map((stub) => stub.conversationId))) {
    const missing = new Set<OperationId>()
    for (const stub of shown.weak.values()) if (stub.conversationId === conversationId) missing.add(stub.id)
    for (const row of await rowsOfConversation(unit.tx, conversationId)) {
      for (const operation of row.operations) if (operation.kind === 'set') missing.delete(operation.id)
    }
    if (missing.size === 0) continue
    const known = await unit.knownOperations(conversationId)
    const offers: Operation[] = known.filter(
      (operation) => operation.kind === 'set' && missing.has(operation.id),
    )
    const row = { conversationId, projectId, mutationId: '', state: 'waiting', createdAt: now } as const
    await appendRows(unit.tx, cutRows(row, offers))
  }
}
