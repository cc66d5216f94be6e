import { ChatkeepError } from '../domain/errors.ts'
import { tagRegister } from '../domain/register.ts'
import type {
  CommandResult,
  ConversationCommand,
  CreateConversation,
  RenameConversation,
  SetFlag,
  SetTag,
} from '../domain/service.ts'
import type { ConversationRecord } from '../ports/records.ts'
import { finish } from './append.ts'
import { loadAllEntries } from './apply.ts'
import { writeRegister } from './author.ts'
import type { ConversationState } from './conversation-state.ts'
import type { CommandUnit } from './open-database.ts'

export async function createConversation(
  unit: CommandUnit,
  command: CreateConversation,
): Promise<CommandResult> {
  const state = await unit.conversation(command.conversationId, command.projectId)
  const author = unit.author(command.mutationId)
  if (state.before === undefined) state.changed = true
  if (command.title !== undefined) await writeRegister(unit.tx, state, author, 'title', command.title)
  for (const tag of command.tags ?? []) await writeRegister(unit.tx, state, author, tagRegister(tag), true)
  return finish(unit, state, command)
}

export const renameConversation = (unit: CommandUnit, command: RenameConversation) =>
  setRegister(unit, command, 'title', command.title)

export const setTag = (unit: CommandUnit, command: SetTag) =>
  setRegister(unit, command, tagRegister(command.tag), command.present ? true : null)

export const setArchived = (unit: CommandUnit, command: SetFlag) =>
  setRegister(unit, command, 'archived', command.value)

export const setPinned = (unit: CommandUnit, command: SetFlag) =>
  setRegister(unit, command, 'pinned', command.value)

async function setRegister(
  unit: CommandUnit,
  command: ConversationCommand,
  register: string,
  value: unknown,
): Promise<CommandResult> {
  const state = await requireConversation(unit, command.conversationId)
  const untouched = value === false && !state.registers.has(register)
  if (!untouched) await writeRegister(unit.tx, state, unit.author(command.mutationId), register, value)
  return finish(unit, state, command)
}

/** Records the heads of everything that the person had; what they had not seen shows the conversation again. */
export async function trashConversation(
  unit: CommandUnit,
  command: ConversationCommand,
): Promise<CommandResult> {
  const state = await requireConversation(unit, command.conversationId)
  await trash(unit, state, command)
  return finish(unit, state, command)
}

async function trash(
  unit: CommandUnit,
  state: ConversationState,
  command: ConversationCommand,
): Promise<void> {
  const entries = await loadAllEntries(unit.tx, state)
  const heads = [...entries.flatMap((entry) => entry.heads), ...[...state.registers.values()].flat()].map(
    ({ id }) => id,
  )
  await writeRegister(unit.tx, state, unit.author(command.mutationId), 'trashed', {
    heads: [...new Set(heads)].sort(),
  })
}

export async function restoreConversation(
  unit: CommandUnit,
  command: ConversationCommand,
): Promise<CommandResult> {
  const state = await requireConversation(unit, command.conversationId)
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
  for (const { id: conversationId } of records) {
    const state = await unit.conversation(conversationId)
    await trash(unit, state, { conversationId, mutationId: command.mutationId })
    await unit.enqueue(state, command.mutationId)
  }
  return { trashed: records.length }
}

async function requireConversation(unit: CommandUnit, conversationId: string): Promise<ConversationState> {
  const state = await unit.conversation(conversationId)
  if (state.before !== undefined || state.changed) return state
  throw new ChatkeepError(
    'input/not-found',
    `There is no conversation ${conversationId} on this device. Nothing was written; create it first, or sync.`,
    { details: { conversationId } },
  )
}
