import { ChatkeepError } from '../domain/errors.ts'
import { tagRegister } from '../domain/register.ts'
import type { CommandResult, ConversationCommand } from '../domain/service/command.ts'
import type {
  CreateConversation,
  RenameConversation,
  SetFlag,
  SetTag,
} from '../domain/service/conversation-commands.ts'
import { finish } from './append.ts'
import { writeRegister } from './author.ts'
import type { CommandUnit } from './command-unit.ts'
import type { ConversationState } from './conversation-state.ts'

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
  const state = await requireRegisters(unit, command.conversationId)
  const untouched = value === false && !state.registers.has(register)
  if (!untouched) await writeRegister(unit.tx, state, unit.author(command.mutationId), register, value)
  return finish(unit, state, command)
}

/** A conversation that this device has, also one whose messages were freed: all the rest of it is here. Another cannot be changed here. */
export async function requireRegisters(
  unit: CommandUnit,
  conversationId: string,
): Promise<ConversationState> {
  const state = await unit.registersOf(conversationId)
  if (state.before !== undefined || state.changed) return state
  throw new ChatkeepError(
    'input/not-found',
    `There is no conversation ${conversationId} on this device. Nothing was written; create it first, or sync.`,
    { details: { conversationId } },
  )
}
