import type { OperationId } from '../../domain/ids.ts'
import { dropAbsent } from '../../domain/merge.ts'
import type { WriteTransaction } from '../../ports/storage.ts'
import { keepStubs } from '../change-state.ts'
import type { ConversationState } from '../conversation-state.ts'
import { absentIn, keepLacking } from '../lacking.ts'
import { loadEntry } from '../load-entry.ts'
import { settleDamage } from '../mending/damage.ts'
import { isAwaited } from '../mending/damage-errors.ts'
import { loadSeen } from '../seen.ts'
import { factsOf } from './free-conversation.ts'

/**
 * All that the cloud shows of a conversation is here now. A value that it did not show although it lacks here goes on lacking, until the
 * deltas tell what became of it. Answers whether something of the conversation was missing.
 */
export async function noteFilled(tx: WriteTransaction, state: ConversationState): Promise<boolean> {
  const wasAwaited = isAwaited(state.damaged)
  if (wasAwaited) await settleDamage(tx, state, { isAsked: true })
  if (state.absent === undefined && !state.isWanted) return wasAwaited
  if (state.lacking.size === 0) state.absent = undefined
  state.isWanted = false
  state.isLost = isEmpty(state)
  state.changed = true
  return true
}

/**
 * A pull from zero has ended. What was only listed is here or nowhere. A value that was freed and that the cloud has not shown since
 * so many resets is nowhere: what it overwrote counts again, and is fetched, since its value was not kept either. Answers whether.
 */
export async function settleAbsence(
  tx: WriteTransaction,
  state: ConversationState,
  provenAt: number,
): Promise<boolean> {
  if (state.lacking.size === 0) {
    if (!state.isWanted || state.absent === undefined) await noteFilled(tx, state)
    return state.isWanted
  }
  await settleDamage(tx, state, { isAsked: true })
  let isUnderLost = false
  for (const [register, values] of [...state.lacking]) {
    const lost = new Set([...values].flatMap(([id, value]) => (value.provenAt === provenAt ? [] : [id])))
    if (lost.size === 0) continue
    for (const id of lost) if ((values.get(id)?.overwrites.length ?? 0) > 0) isUnderLost = true
    await drop(tx, state, register, (id) => lost.has(id))
  }
  if (isUnderLost && state.before !== undefined) {
    state.isWanted = true
    state.absent ??= factsOf(state.before)
  } else if (state.lackingChanged) state.isLost = isEmpty(state)
  return state.isWanted
}

async function drop(
  tx: WriteTransaction,
  state: ConversationState,
  register: string,
  isLost: (id: OperationId) => boolean,
): Promise<void> {
  const seen = await loadSeen(tx, state, register)
  const isMessage = register.startsWith('message:')
  const entry = isMessage ? await loadEntry(tx, state, register.slice('message:'.length)) : undefined
  const known = { heads: entry?.heads ?? [], stubs: seen.stubs, ...absentIn(state, register) }
  const next = dropAbsent(known, isLost, (id) => state.purged.has(id))
  keepStubs(state, register, next)
  keepLacking(state, register, next)
}

const isEmpty = ({ tree, registers, lacking }: ConversationState): boolean =>
  tree.size === 0 && registers.size === 0 && lacking.size === 0
