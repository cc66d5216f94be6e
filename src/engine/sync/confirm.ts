import type { OperationId } from '../../domain/ids.ts'
import type { Operation, StubOperation } from '../../domain/operation.ts'
import type { Delta } from '../../domain/wire.ts'
import type { Unit } from '../unit.ts'
import { appendRows, cutRows, rowsOfConversation, shrinkRow } from './outbox-rows.ts'

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

/** Removes what a page confirmed from the outbox. What it showed too little of waits again. */
export async function settleShown(unit: Unit, page: Delta, shown: Shown): Promise<void> {
  if ((await unit.tx.count('outbox')) === 0) return
  const conversations = new Set(
    [...page.operations, ...page.purges].map((operation) => operation.conversationId),
  )
  for (const conversationId of conversations) {
    for (const row of await rowsOfConversation(unit.tx, conversationId)) {
      const isWeak = row.operations.some(
        (operation) => operation.kind === 'set' && shown.weak.has(operation.id),
      )
      await shrinkRow(
        unit.tx,
        row,
        (operation) =>
          !(shown.confirmed.has(operation.id) || (operation.kind === 'stub' && shown.weak.has(operation.id))),
        isWeak && row.state === 'sent' ? { state: 'waiting' } : {},
      )
    }
  }
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
