import type { CommandResult, ConversationCommand } from '../domain/service/command.ts'
import { recordedHeads } from '../domain/trash.ts'
import type { ConversationRecord } from '../ports/records/conversation.ts'
import { loadAllEntries } from './all-entries.ts'
import { finish } from './append.ts'
import { writeRegister } from './author.ts'
import type { CommandUnit } from './command-unit.ts'
import { composerKey } from './composer.ts'
import { requireRegisters } from './conversation-commands.ts'
import type { ConversationState } from './conversation-state.ts'
import { lackingHeads } from './lacking.ts'
import type { EntryState } from './load-entry.ts'
import { requireWhole } from './mending/damage.ts'
import { graphOf, writePurges } from './purge.ts'

/** Records the heads of everything that the person had; what they had not seen shows the conversation again. */
export async function trashConversation(
  unit: CommandUnit,
  command: ConversationCommand,
): Promise<CommandResult> {
  const state = await requireRegisters(unit, command.conversationId)
  await trash(unit, state, command)
  return finish(unit, state, command)
}

/** Puts a conversation into the trash with what this device has of it. */
export async function trash(
  unit: CommandUnit,
  state: ConversationState,
  command: Pick<ConversationCommand, 'mutationId'>,
): Promise<void> {
  requireWhole(unit, state)
  const entries = await loadAllEntries(unit.tx, state)
  const heads = [...entries.map((entry) => entry.heads), ...state.registers.values()].flat()
  await writeRegister(unit.tx, state, unit.author(command.mutationId), 'trashed', {
    heads: [...new Set([...heads.map(({ id }) => id), ...lackingHeads(state).map(([id]) => id)])].sort(),
  })
}

export async function restoreConversation(
  unit: CommandUnit,
  command: ConversationCommand,
): Promise<CommandResult> {
  const state = await requireRegisters(unit, command.conversationId)
  await writeRegister(unit.tx, state, unit.author(command.mutationId), 'trashed', null)
  return finish(unit, state, command)
}

export async function clearProject(
  unit: CommandUnit,
  command: { readonly projectId: string; readonly mutationId: ConversationCommand['mutationId'] },
): Promise<{ trashed: number }> {
  const records: ConversationRecord[] = []
  for (const shelf of ['pinned', 'open', 'archived'] as const) {
    const range = { lower: [command.projectId, shelf], upper: [command.projectId, shelf, []] }
    records.push(...(await unit.tx.scan('conversations', { index: 'byProject', range })))
  }
  for (const { id } of records) {
    const state = await unit.registersOf(id)
    await trash(unit, state, command)
    await unit.enqueue(state, command.mutationId)
  }
  return { trashed: records.length }
}

/**
 * Deletes a conversation for ever, as this device has it: into the trash with what is not recorded there, then the recorded heads of all
 * registers and everything below them are purged. What this device has not seen survives, and shows the conversation again.
 */
export async function purgeConversation(
  unit: CommandUnit,
  command: ConversationCommand,
): Promise<CommandResult> {
  const state = await requireRegisters(unit, command.conversationId)
  requireWhole(unit, state)
  if (await hasUnrecorded(unit, state)) await trash(unit, state, command)
  await purgeRecorded(unit, state)
  // An answer that grows is not seen yet by anybody: it stays, and shows the conversation again.
  await unit.tx.delete('drafts', composerKey(state.id))
  return finish(unit, state, command)
}

/** Purges what the trash recorded, and nothing newer. */
export async function purgeRecorded(unit: CommandUnit, state: ConversationState): Promise<void> {
  const graph = await graphOf(unit.tx, state)
  const trashed = trashedHeads(state)
  await writePurges(unit.tx, state, recordedHeads(trashed), graph, unit.hashing)
  if (state.purges.size > 0) return
  // Nothing was ever written to it: its place in the trash is all there is.
  const ids = trashed.map(({ id }) => id)
  await writePurges(unit.tx, state, ids, graph, unit.hashing)
}

/** Purges every value that a message had here before it was removed; the removed message keeps its place. */
export async function purgeBelow(
  unit: CommandUnit,
  state: ConversationState,
  entry: EntryState,
): Promise<void> {
  const below = entry.heads.flatMap((head) => head.overwrites)
  await writePurges(unit.tx, state, below, await graphOf(unit.tx, state), unit.hashing)
}

async function hasUnrecorded(unit: CommandUnit, state: ConversationState): Promise<boolean> {
  const recorded = recordedHeads(trashedHeads(state))
  if (recorded.size === 0) return true
  const entries = await loadAllEntries(unit.tx, state)
  const registers = [...state.registers].filter(([register]) => register !== 'trashed')
  const heads = [...entries.map((entry) => entry.heads), ...registers.map(([, of]) => of)].flat()
  const lacking = lackingHeads(state).map(([id]) => id)
  return [...heads.map(({ id }) => id), ...lacking].some((id) => !recorded.has(id))
}

const trashedHeads = (state: ConversationState) => state.registers.get('trashed') ?? []
