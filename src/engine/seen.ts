import type { OperationId } from '../domain/ids.ts'
import type { ConversationRecord } from '../ports/records/conversation.ts'
import type { SeenRecord } from '../ports/records/seen.ts'
import type { ReadTransaction } from '../ports/storage.ts'
import type { ConversationState } from './conversation-state.ts'
import { damagedRecord } from './mending/damage-errors.ts'
import { isSoundSeen } from './mending/sound.ts'

/** What was overwritten of a register: operation id → what it overwrote itself. */
export type SeenState = { stubs: ReadonlyMap<OperationId, readonly OperationId[]>; changed: boolean }

/** Nothing is seen of what has no record: it is written with each change, and never deleted. */
export const hasNothingSeen = (record: ConversationRecord | undefined): boolean =>
  record === undefined || record.pristine === true

/** What is seen of one register, as it is kept. */
export async function getSeen(
  tx: ReadTransaction,
  id: string,
  register: string,
): Promise<SeenRecord | undefined> {
  const record = await tx.get('seen', [id, register])
  if (record !== undefined && !isSoundSeen(record)) throw damagedRecord(id)
  return record
}

/** The stubs of all registers, with what this transaction changed. */
export async function loadAllStubs(
  tx: ReadTransaction,
  state: ConversationState,
): Promise<ReadonlyMap<string, SeenState['stubs']>> {
  const records = await tx.scan('seen', { range: { lower: [state.id, ''], upper: [state.id, []] } })
  if (!records.every(isSoundSeen)) throw damagedRecord(state.id)
  const stubsByRegister = new Map(records.map(({ register, stubs }) => [register, toStubs(stubs)]))
  for (const [register, { stubs }] of state.seen) stubsByRegister.set(register, stubs)
  return stubsByRegister
}

const toStubs = (stubs: SeenRecord['stubs'] = {}): SeenState['stubs'] =>
  new Map(Object.entries(stubs) as [OperationId, readonly OperationId[]][])

/** The stubs of a register. */
export async function loadSeen(
  tx: ReadTransaction,
  state: ConversationState,
  register: string,
): Promise<SeenState> {
  const inHand = state.seen.get(register)
  if (inHand !== undefined) return inHand
  const record = hasNothingSeen(state.before) ? undefined : await getSeen(tx, state.id, register)
  const seen: SeenState = { stubs: toStubs(record?.stubs), changed: false }
  state.seen.set(register, seen)
  return seen
}
