import type { OperationId } from '../domain/ids.ts'
import { applyPurge } from '../domain/merge.ts'
import type { Operation, PurgeOperation } from '../domain/operation.ts'
import { messageRegister } from '../domain/register.ts'
import type { WriteTransaction } from '../ports/storage.ts'
import { loadAllEntries } from './all-entries.ts'
import { keepStubs, setEntry, setRegister } from './change-state.ts'
import type { ConversationState } from './conversation-state.ts'
import { absentIn, keepLacking } from './lacking.ts'
import { loadSeen } from './seen.ts'
import { operationBytes, rowsOfConversation } from './sync/outbox-rows.ts'

/** Strips what purges name, in the read model and in the queue. Purges that are known change nothing. */
export async function applyPurges(
  tx: WriteTransaction,
  state: ConversationState,
  purges: readonly PurgeOperation[],
): Promise<void> {
  const fresh = purges.filter((purge) => !state.purges.has(purge.id))
  if (fresh.length === 0) return
  for (const { id, names } of fresh) {
    state.purges.set(id, names)
    for (const name of names) state.purged.add(name)
  }
  state.purgesChanged = true
  state.hidesPacked = true
  state.changed = true
  const isPurged = (id: OperationId) => state.purged.has(id)
  for (const [register, heads] of [...state.registers]) {
    const seen = await loadSeen(tx, state, register)
    const next = applyPurge({ heads, stubs: seen.stubs }, isPurged)
    keepStubs(state, register, next)
    setRegister(state, register, next.heads)
  }
  const entries = new Map(
    (await loadAllEntries(tx, state)).map((entry) => [messageRegister(entry.id), entry]),
  )
  for (const register of new Set([...entries.keys(), ...state.lacking.keys()])) {
    const entry = entries.get(register)
    const seen = await loadSeen(tx, state, register)
    const known = { heads: entry?.heads ?? [], stubs: seen.stubs, ...absentIn(state, register) }
    const next = applyPurge(known, isPurged)
    const isSame = next.heads.length === known.heads.length && next.absent?.size === known.absent?.size
    if (isSame) continue
    keepStubs(state, register, next)
    keepLacking(state, register, next)
    if (entry !== undefined) setEntry(state, entry.id, next.heads, entry.lifted)
  }
  await stripQueued(tx, state, isPurged)
}

/** What is purged and still waits for the cloud goes there as a stub: its value leaves this device for nowhere. */
async function stripQueued(
  tx: WriteTransaction,
  state: ConversationState,
  isPurged: (id: OperationId) => boolean,
): Promise<void> {
  const strip = (operation: Operation): Operation => {
    if (operation.kind !== 'set' || !isPurged(operation.id)) return operation
    const { id, conversationId, register, overwrites } = operation
    return { kind: 'stub', id, conversationId, register, overwrites }
  }
  for (const row of await rowsOfConversation(tx, state.id)) {
    const operations = row.operations.map(strip)
    if (operations.every((operation, index) => operation === row.operations[index])) continue
    // What was put aside for its value has none any more, and nobody has to decide about it.
    if (row.state === 'quarantined') {
      const kept = operations.filter(({ id }) => !isPurged(id))
      if (kept.length === 0) await tx.delete('outbox', row.sequence)
      else await tx.put('outbox', { ...row, operations: kept, bytes: bytesOf(kept) })
    } else await tx.put('outbox', { ...row, operations, bytes: bytesOf(operations) })
  }
}

const bytesOf = (operations: readonly Operation[]): number =>
  operations.reduce((sum, operation) => sum + operationBytes(operation), 0)
