import type { ErrorRecord } from '../../../domain/errors.ts'
import type { Operation } from '../../../domain/operation.ts'
import type { WriteTransaction } from '../../../ports/storage.ts'
import type { Unit } from '../../unit.ts'
import { operationBytes, type Row, rowsOfConversation, shrinkRow, visitRows } from '../outbox-rows.ts'
import { DESTINATION_FAULT_COUNT, isInDoubt, quarantineRow, releaseRow } from '../quarantine.ts'

const isOn = (register: string) => (operation: Operation) =>
  operation.kind !== 'purge' && operation.register === register

/** Registers of which something was put aside and nothing newer waits: they are not sent. */
export function asideRegisters(rows: readonly Row[]): ReadonlySet<string> {
  const registersOf = (row: Row) =>
    row.operations.flatMap((operation) => (operation.kind === 'purge' ? [] : [operation.register]))
  const aside = new Set(rows.filter(({ state }) => state === 'quarantined').flatMap(registersOf))
  for (const row of rows)
    if (row.state !== 'quarantined') for (const one of registersOf(row)) aside.delete(one)
  return aside
}

/** Puts what was refused on its own aside: the queued operations on its register, or its heads where none is queued. */
export async function putAside(
  unit: Unit,
  conversation: { readonly id: string; readonly projectId: string },
  register: string,
  refusal: ErrorRecord,
  options: { readonly inDoubt: boolean; readonly now: number },
): Promise<void> {
  const { tx } = unit
  const isMeant = isOn(register)
  let isQueued = false
  for (const row of await rowsOfConversation(tx, conversation.id)) {
    const refused = row.operations.filter(isMeant)
    if (row.state === 'quarantined' || refused.length === 0) continue
    isQueued = true
    await shrinkRow(tx, row, (operation) => !isMeant(operation))
    await add(row, refused)
  }
  if (isQueued) return
  const heads = (await unit.knownOperations(conversation.id)).filter(
    (operation) => operation.kind === 'set' && isMeant(operation),
  )
  if (heads.length > 0) await add({ mutationId: '', createdAt: options.now }, heads)

  async function add(from: Pick<Row, 'mutationId' | 'createdAt'>, operations: readonly Operation[]) {
    const { id: conversationId, projectId } = conversation
    const { mutationId, createdAt } = from
    const bytes = operations.reduce((sum, operation) => sum + operationBytes(operation), 0)
    const row = {
      conversationId,
      projectId,
      mutationId,
      createdAt,
      operations,
      bytes,
      state: 'waiting',
    } as const
    const sequence = await tx.put('outbox', row)
    if (typeof sequence === 'number') await quarantineRow(tx, { ...row, sequence }, refusal, options)
  }
}

/** Rows of a project that were refused in a way that may be the server's own fault. */
export async function rowsInDoubt(tx: WriteTransaction, projectId: string): Promise<readonly number[]> {
  const found: number[] = []
  await visitRows(tx, (row) => {
    if (row.projectId === projectId && row.state === 'quarantined' && isInDoubt(row)) found.push(row.sequence)
    return true
  })
  return found
}

/** One more refusal of that kind: enough of them are the server's fault, and what was put aside waits again. */
export async function isServersFault(tx: WriteTransaction, projectId: string): Promise<boolean> {
  const inDoubt = await rowsInDoubt(tx, projectId)
  if (inDoubt.length + 1 < DESTINATION_FAULT_COUNT) return false
  for (const sequence of inDoubt) await releaseRow(tx, sequence)
  return true
}

/** Puts every queued change of a conversation aside. */
export async function putAllAside(
  tx: WriteTransaction,
  conversationId: string,
  refusal: ErrorRecord,
): Promise<void> {
  for (const row of await rowsOfConversation(tx, conversationId))
    if (row.state !== 'quarantined') await quarantineRow(tx, row, refusal)
}
