import type { OperationId } from '../domain/ids.ts'
import type { RegisterState } from '../domain/merge.ts'
import type { ConversationRecord } from '../ports/records/conversation.ts'
import type { LackingValue, SeenRecord } from '../ports/records/seen.ts'
import type { ReadTransaction, WriteTransaction } from '../ports/storage.ts'
import type { ConversationState } from './conversation-state.ts'
import { damagedRecord } from './mending/damage-errors.ts'
import { isSoundSeen } from './mending/sound.ts'

/*
 *   head, value here ── freed: confirmed, and nothing suspect ──► lacking: counts, value in the cloud ── fetched, or offered ──► head
 *                                                                  │                   │
 *                                             overwritten, purged  │                   │  a pull from zero ended without the value
 *                                                                  ▼                   ▼
 *                                                                stub  ◄── what it overwrote counts again, and is fetched
 */

export type Lacking = Map<string, Map<OperationId, LackingValue>>

/** Register of the record in `seen` that says which values are lacking. */
const REGISTER = 'lacking'

export async function loadLacking(
  tx: ReadTransaction,
  record: ConversationRecord | undefined,
): Promise<Lacking> {
  const stored: SeenRecord | undefined =
    record?.lacking === undefined ? undefined : await tx.get('seen', [record.id, REGISTER])
  if (stored !== undefined && !isSoundSeen(stored)) throw damagedRecord(stored.conversationId)
  return new Map(
    Object.entries(stored?.lacking ?? {}).map(([register, values]) => [
      register,
      new Map(Object.entries(values) as [OperationId, LackingValue][]),
    ]),
  )
}

/** What of a register is lacking, for the merge; nothing, where nothing is. */
export function absentIn(state: ConversationState, register: string): Pick<RegisterState, 'absent'> {
  const values = state.lacking.get(register)
  if (values === undefined) return {}
  return { absent: new Map([...values].map(([id, { overwrites }]) => [id, overwrites])) }
}

/** Notes what is lacking of a register that was just settled. What is lacking anew was proven at `provenAt`. */
export function keepLacking(
  state: ConversationState,
  register: string,
  { absent }: Pick<RegisterState, 'absent'>,
  provenAt = 0,
): void {
  const before = state.lacking.get(register)
  const isSame = (before?.size ?? 0) === (absent?.size ?? 0)
  if (isSame && [...(absent?.keys() ?? [])].every((id) => before?.has(id))) return
  const after = new Map<OperationId, LackingValue>()
  for (const [id, overwrites] of absent ?? [])
    after.set(id, before?.get(id) ?? { overwrites: [...overwrites], provenAt })
  if (after.size === 0) state.lacking.delete(register)
  else state.lacking.set(register, after)
  state.lackingChanged = true
  state.changed = true
}

/** The cloud showed the value of an operation that lacks it here. Answers false when it does not lack here. */
export function proveLacking(
  state: ConversationState,
  register: string,
  id: OperationId,
  provenAt: number,
): boolean {
  const known = state.lacking.get(register)?.get(id)
  if (known === undefined) return false
  if (known.provenAt === provenAt) return true
  state.lacking.get(register)?.set(id, { ...known, provenAt })
  state.lackingChanged = true
  state.changed = true
  return true
}

/** Heads that have their value in the cloud only, with what they overwrite. */
export function lackingHeads({
  lacking,
}: ConversationState): readonly (readonly [OperationId, LackingValue])[] {
  return [...lacking.values()].flatMap((values) => [...values])
}

/** Whether its values were freed, and nothing else is missing: all but the messages is here. */
export const isFreed = ({ absent, lacking }: ConversationState): boolean =>
  absent !== undefined && lacking.size > 0

/** Of a conversation of which nothing lacks any more the content is here, unless something else has to be fetched. */
export async function writeLacking(tx: WriteTransaction, state: ConversationState): Promise<void> {
  if (!state.lackingChanged) return
  if (state.lacking.size > 0) {
    const lacking = Object.fromEntries(
      [...state.lacking].map(([register, values]) => [register, Object.fromEntries(values)]),
    )
    await tx.put('seen', { conversationId: state.id, register: REGISTER, stubs: {}, lacking })
    return
  }
  await tx.delete('seen', [state.id, REGISTER])
  if (!state.isWanted) state.absent = undefined
}
