import { ChatkeepError } from '../domain/errors.ts'
import type { MutationId, OperationId } from '../domain/ids.ts'
import { shownValue } from '../domain/merge.ts'
import { isPresent, type Place } from '../domain/message.ts'
import { nextStamp } from '../domain/operation.ts'
import { messageRegister } from '../domain/register.ts'
import type { CommandResult } from '../domain/service/command.ts'
import type { CheckpointDraft, CheckpointResult, FinishDraft } from '../domain/service/draft.ts'
import type { MessageInput } from '../domain/service/message-commands.ts'
import type { DraftRecord } from '../ports/records/draft.ts'
import { attachmentFor, finish, followBranch, writeChain } from './append.ts'
import { writeMessage } from './author.ts'
import type { CommandUnit } from './command-unit.ts'
import type { ConversationState } from './conversation-state.ts'
import { editEntry } from './edit-entry.ts'
import { loadEntry } from './load-entry.ts'
import { toValue } from './message-input.ts'
import { loadSeen } from './seen.ts'

/** A draft belongs to its writer for this long after each checkpoint. */
export const LEASE_MS = 15_000

/** The act of recovering an attempt, whoever recovers: its result says what was written. */
export const recoveryOf = (attemptId: string): MutationId =>
  `recovered-${attemptId}`.slice(0, 64) as MutationId

/** Keeps the growing answer and renews its owner's lease. The first checkpoint fixes its place. */
export async function checkpointDraft(unit: CommandUnit, draft: CheckpointDraft): Promise<CheckpointResult> {
  const { conversationId, message } = draft
  const stored = await unit.tx.get('drafts', [conversationId, message.id])
  if (stored !== undefined && stored.attemptId === draft.attemptId) {
    if (stored.owner !== draft.owner) return { outcome: 'lost-ownership' }
    await putDraft(unit, { ...stored, message, leaseUntil: unit.now + LEASE_MS })
    return { outcome: stored.stop === true ? 'stop' : 'kept' }
  }
  const state = await unit.conversation(conversationId, draft.projectId)
  if ((await recoveredOf(unit, draft.attemptId)) !== undefined) return { outcome: 'lost-ownership' }
  if (stored !== undefined) await interrupt(unit, stored)
  const place = await placeOfDraft(unit, state, draft)
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
  })
  return { outcome: 'kept' }
}

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
 * own attempt: if that was edited since, the answer stays as another head; if the message was removed or purged, nothing is written.
 */
export async function finishDraft(unit: CommandUnit, command: FinishDraft): Promise<CommandResult> {
  const { conversationId, attemptId } = command
  const { id } = command.message.message
  const state = await unit.conversation(conversationId, command.projectId)
  const author = unit.author(command.mutationId)
  const draft = await unit.tx.get('drafts', [conversationId, id])
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

async function writeDraft(
  unit: CommandUnit,
  state: ConversationState,
  draft: DraftRecord,
  input: MessageInput,
  mutationId: MutationId,
): Promise<CommandResult['written']> {
  const author = unit.author(mutationId)
  const { messageId } = draft
  await unit.tx.delete('drafts', [draft.conversationId, messageId])
  state.changed = true
  const entry = await loadEntry(unit.tx, state, messageId)
  const { parentId, born } = entry ?? draft
  const written = [{ id: messageId, parentId, born }]
  if (entry !== undefined) {
    const winner = shownValue(entry.heads)
    if (winner === undefined || !isPresent(winner)) return [] // Removed meanwhile.
    await editEntry(unit, state, entry, { message: input, mutationId })
  } else {
    const seen = await loadSeen(unit.tx, state, `message:${messageId}`)
    if (seen.stubs.size > 0) return [] // Purged meanwhile.
    const value = toValue({ createdAt: draft.createdAt, ...input }, { parentId, born }, unit.now)
    await writeMessage(unit.tx, state, author, messageId, value, { atLeast: born })
  }
  await followBranch(unit, state, author, written)
  return written
}

/** A draft whose writer has not been heard of: becomes an interrupted (or stopped) message. Answers whether it did. */
export async function recoverDraft(unit: CommandUnit, draft: DraftRecord): Promise<boolean> {
  const current = await unit.tx.get('drafts', [draft.conversationId, draft.messageId])
  if (current === undefined || current.attemptId !== draft.attemptId || !isLapsed(current, unit.now))
    return false
  await interrupt(unit, current)
  return true
}

/** What a draft has so far becomes a message. */
async function interrupt(unit: CommandUnit, draft: DraftRecord): Promise<void> {
  const state = await unit.conversation(draft.conversationId, draft.projectId)
  const mutationId = recoveryOf(draft.attemptId)
  const status = draft.stop === true ? 'stopped' : 'interrupted'
  // Copies of one profile recover the same attempt, each as far as it got there: only equal operations may have equal ids.
  const heads = (await loadEntry(unit.tx, state, draft.messageId))?.heads.map(({ id }) => id)
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

/** A lease is over when its time has come, or when it lies further ahead than any lease can: the clock was wrong. */
export function isLapsed(draft: DraftRecord, now: number): boolean {
  return draft.kind === 'answer' && (draft.leaseUntil < now || draft.leaseUntil > now + LEASE_MS)
}

/**
 * What recovery of an attempt wrote, and its stamp; null when the message was removed or purged. Never forgotten: a page may sleep for days
 * before it ends its answer, and a wrong clock makes days of a moment.
 */
type Recovered = { readonly operationId: OperationId | null; readonly stamp?: number }

/** What recovery of an attempt did, whoever recovered it; undefined when nobody did. */
async function recoveredOf(unit: CommandUnit, attemptId: string): Promise<Recovered | undefined> {
  const record = await unit.tx.get('mutations', recoveryOf(attemptId))
  return record?.result as Recovered | undefined
}

/** Asks the writer of a draft to stop; it obeys at its next checkpoint, and recovery writes `stopped`. */
export async function stopDraft(unit: CommandUnit, conversationId: string, messageId: string): Promise<void> {
  const draft = await unit.tx.get('drafts', [conversationId, messageId])
  if (draft !== undefined) await unit.tx.put('drafts', { ...draft, stop: true })
}

const COMPOSER = 'composer'

/** The text that a person has not sent yet; an empty one is forgotten. */
export async function saveComposer(
  unit: CommandUnit,
  draft: { readonly projectId: string; readonly conversationId: string; readonly text: string },
): Promise<void> {
  const { conversationId, projectId, text } = draft
  if (text === '') return unit.tx.delete('drafts', [conversationId, `${COMPOSER}:${conversationId}`])
  await unit.tx.put('drafts', {
    conversationId,
    messageId: `${COMPOSER}:${conversationId}`,
    projectId,
    attemptId: '',
    kind: 'composer',
    parentId: null,
    born: 0,
    createdAt: unit.now,
    message: { id: COMPOSER, role: 'user', content: text },
    owner: '',
    leaseUntil: -1,
  })
}

export const composerKey = (conversationId: string) =>
  [conversationId, `${COMPOSER}:${conversationId}`] as const

export function composerText(draft: DraftRecord | undefined): string {
  const text = draft?.message.content
  if (draft === undefined) return ''
  if (typeof text === 'string') return text
  throw new ChatkeepError('storage/corrupt', 'An unsent text cannot be read. Saved messages are safe.')
}
