import { shownValue } from '../domain/merge.ts'
import { isPresent, type Place } from '../domain/message.ts'
import { nextStamp } from '../domain/operation.ts'
import type { CommandResult } from '../domain/service/command.ts'
import type { CheckpointDraft, CheckpointResult, FinishDraft } from '../domain/service/draft.ts'
import type { DraftRecord } from '../ports/records/draft.ts'
import { attachmentFor, finish, followBranch, writeChain } from './append.ts'
import { writeMessage } from './author.ts'
import type { CommandUnit } from './command-unit.ts'
import type { ConversationState } from './conversation-state.ts'
import { LEASE_MS } from './draft-lease.ts'
import { editEntry } from './edit-entry.ts'
import { loadEntry } from './load-entry.ts'
import { readDraft } from './mending/sound-draft.ts'
import { toValue } from './message-input.ts'
import { interrupt, recoveredOf } from './recover-draft.ts'
import { loadSeen } from './seen.ts'
import { writeBeside } from './write-beside.ts'
import { writeDraft } from './write-draft.ts'

/** Keeps the growing answer and renews its owner's lease. The first checkpoint fixes its place. */
export async function checkpointDraft(unit: CommandUnit, draft: CheckpointDraft): Promise<CheckpointResult> {
  const { conversationId, message } = draft
  const stored = await readDraft(unit.tx, [conversationId, message.id])
  if (stored !== undefined && stored.attemptId === draft.attemptId) {
    if (stored.owner !== draft.owner) return { outcome: 'lost-ownership' }
    await putDraft(unit, { ...stored, message, leaseUntil: unit.now + LEASE_MS })
    return { outcome: stored.stop === true ? 'stop' : 'kept', life: unit.deviceId }
  }
  const state = await unit.conversation(conversationId, draft.projectId)
  if ((await recoveredOf(unit, draft.attemptId)) !== undefined) return { outcome: 'lost-ownership' }
  if (stored !== undefined) await interrupt(unit, stored)
  const place = await placeOfDraft(unit, state, draft)
  const goesOnWith = await loadEntry(unit.tx, state, message.id)
  await putDraft(unit, {
    conversationId,
    messageId: message.id,
    projectId: draft.projectId,
    attemptId: draft.attemptId,
    kind: 'answer',
    ...place,
    createdAt: unit.now,
    message,
    owner: draft.owner,
    leaseUntil: unit.now + LEASE_MS,
    ...(goesOnWith === undefined ? {} : { seen: goesOnWith.heads.map(({ id, stamp }) => ({ id, stamp })) }),
    ...(isOfAnotherLife(unit, draft) ? { beside: true } : {}),
  })
  return { outcome: 'kept', life: unit.deviceId }
}

/** Whether an attempt has checkpoints in a database that is no more; here nothing is known of it then. */
const isOfAnotherLife = (unit: CommandUnit, { life }: Pick<CheckpointDraft, 'life'>): boolean =>
  life !== undefined && life !== unit.deviceId

/** An answer that goes on (after a tool's result) stays where it stands; a new one is placed once. */
async function placeOfDraft(
  unit: CommandUnit,
  state: ConversationState,
  draft: Pick<CheckpointDraft, 'message' | 'after' | 'fork'>,
): Promise<Place> {
  const known = state.tree.get(draft.message.id)
  if (known !== undefined) return { parentId: known.parentId, born: known.born }
  const parent = await attachmentFor(unit.tx, state, draft.after, draft.fork === true)
  const born = Math.max(nextStamp(unit.now, []), (parent?.born ?? -1) + 1)
  return { parentId: parent?.id ?? null, born }
}

async function putDraft(unit: CommandUnit, draft: DraftRecord): Promise<void> {
  const state = await unit.conversation(draft.conversationId, draft.projectId)
  state.changed = true
  await unit.tx.put('drafts', draft)
}

/**
 * Draft to message in one transaction. A writer that lost its draft to recovery overwrites exactly the interrupted operation of its
 * own attempt: if that was edited since, the answer stays as another head; if the message was removed or purged, nothing is written. One that
 * began in a database that is gone (evicted, deleted) has seen nothing of what came back from the cloud: that stays.
 */
export async function finishDraft(unit: CommandUnit, command: FinishDraft): Promise<CommandResult> {
  const { conversationId, attemptId } = command
  const { id } = command.message.message
  const state = await unit.conversation(conversationId, command.projectId)
  const author = unit.author(command.mutationId)
  const draft = await readDraft(unit.tx, [conversationId, id])
  if (draft !== undefined && draft.attemptId === attemptId) {
    const written = await writeDraft(unit, state, draft, command.message, command.mutationId)
    return finish(unit, state, command, written)
  }
  const entry = await loadEntry(unit.tx, state, id)
  const seen = await loadSeen(unit.tx, state, `message:${id}`)
  const winner = entry === undefined ? undefined : shownValue(entry.heads)
  if (entry !== undefined && winner !== undefined && isPresent(winner)) {
    const recovered = await recoveredOf(unit, attemptId)
    const interruptedId = recovered?.operationId
    const interrupted = entry.heads.find((head) => head.id === interruptedId)
    if (interruptedId && (interrupted !== undefined || seen.stubs.has(interruptedId))) {
      const stamp = recovered?.stamp ?? 0
      const over = interrupted ?? { id: interruptedId, stamp, overwrites: [], value: null }
      const value = toValue({ createdAt: winner.createdAt, ...command.message }, entry, unit.now)
      await writeMessage(unit.tx, state, author, id, value, { over: [over], atLeast: entry.born })
    } else if (recovered === undefined && isOfAnotherLife(unit, command)) {
      const input = { createdAt: winner.createdAt, ...command.message }
      await writeBeside(unit, state, entry, input, command.mutationId)
    } else if (recovered === undefined) {
      // It goes on with a message that is stored, and ended before its first checkpoint.
      await editEntry(unit, state, entry, command)
    }
  }
  if (entry !== undefined || seen.stubs.size > 0) return finish(unit, state, command)
  const parent = await attachmentFor(unit.tx, state, command.after, command.fork === true)
  const written = await writeChain(unit, state, author, [command.message], parent)
  await followBranch(unit, state, author, written)
  return finish(unit, state, command, written)
}

/** Asks the writer of a draft to stop; it obeys at its next checkpoint, and recovery writes `stopped`. */
export async function stopDraft(unit: CommandUnit, conversationId: string, messageId: string): Promise<void> {
  const draft = await readDraft(unit.tx, [conversationId, messageId])
  if (draft !== undefined) await unit.tx.put('drafts', { ...draft, stop: true })
}
