import type { MutationId, OperationId } from '../domain/ids.ts'
import { isPresent } from '../domain/message.ts'
import { messageRegister } from '../domain/register.ts'
import type { DraftRecord } from '../ports/records/draft.ts'
import type { CommandUnit } from './command-unit.ts'
import { isLapsed } from './draft-lease.ts'
import { loadEntry } from './load-entry.ts'
import { readDraft } from './mending/sound-draft.ts'
import { beginsWith } from './write-beside.ts'
import { writeDraft } from './write-draft.ts'

/** The act of recovering an attempt, whoever recovers: its result says what was written. */
const recoveryOf = (attemptId: string): MutationId => `recovered-${attemptId}`.slice(0, 64) as MutationId

/** A draft whose writer has not been heard of: becomes an interrupted (or stopped) message. */
export async function recoverDraft(unit: CommandUnit, draft: DraftRecord): Promise<void> {
  const current = await readDraft(unit.tx, [draft.conversationId, draft.messageId])
  if (current === undefined || current.attemptId !== draft.attemptId || !isLapsed(current, unit.now)) return
  await interrupt(unit, current)
}

/** What a draft has so far becomes a message. */
export async function interrupt(unit: CommandUnit, draft: DraftRecord): Promise<void> {
  const state = await unit.conversation(draft.conversationId, draft.projectId)
  const mutationId = recoveryOf(draft.attemptId)
  const status = draft.stop === true ? 'stopped' : 'interrupted'
  // Copies of one profile recover the same attempt, each as far as it got there: only equal operations may have equal ids.
  const entry = await loadEntry(unit.tx, state, draft.messageId)
  const [shown] = entry?.heads ?? []
  if (shown !== undefined && isPresent(shown.value) && beginsWith(shown.value.message, draft.message)) {
    // Its page saved all of it as a message, when it could not end the answer itself.
    await unit.tx.delete('drafts', [draft.conversationId, draft.messageId])
    state.changed = true
    await unit.tx.put('mutations', { mutationId, result: { operationId: shown.id, stamp: shown.stamp } })
    return
  }
  const heads = entry?.heads.map(({ id }) => id)
  const content = [mutationId, unit.now, status, heads ?? [], draft.message]
  const act = unit.hashing.hash(JSON.stringify(content)) as MutationId
  await writeDraft(unit, state, draft, { message: draft.message, status }, act)
  const register = messageRegister(draft.messageId)
  const written = state.authored.findLast((made) => made.kind === 'set' && made.register === register)
  const stamp = written?.kind === 'set' ? { stamp: written.stamp } : {}
  const result: Recovered = { operationId: written?.id ?? null, ...stamp }
  await unit.tx.put('mutations', { mutationId, result })
  await unit.enqueue(state, mutationId)
}

/**
 * What recovery of an attempt wrote, and its stamp; null when the message was removed or purged. Never forgotten: a page may sleep for days
 * before it ends its answer, and a wrong clock makes days of a moment.
 */
type Recovered = { readonly operationId: OperationId | null; readonly stamp?: number }

/** What recovery of an attempt did, whoever recovered it; undefined when nobody did. */
export async function recoveredOf(unit: CommandUnit, attemptId: string): Promise<Recovered | undefined> {
  const record = await unit.tx.get('mutations', recoveryOf(attemptId))
  return record?.result as Recovered | undefined
}
