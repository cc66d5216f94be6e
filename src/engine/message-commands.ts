import { ChatkeepError } from '../domain/errors.ts'
import { shownValue } from '../domain/merge.ts'
import { isPresent } from '../domain/message.ts'
import type { CommandResult } from '../domain/service/command.ts'
import type { EditMessage, RemoveMessage, SelectLeaf } from '../domain/service/message-commands.ts'
import { finish } from './append.ts'
import { writeMessage, writeOver, writeRegister } from './author.ts'
import type { CommandUnit } from './command-unit.ts'
import type { ConversationState } from './conversation-state.ts'
import { editEntry } from './edit-entry.ts'
import { type EntryState, loadEntry } from './load-entry.ts'
import { requireWhole } from './mending/damage.ts'
import { unreadable } from './mending/damage-errors.ts'
import { purgeBelow } from './trash-commands.ts'

/** Changes a message in place: it keeps where it stands, its time, and what it does not say anew. */
export async function editMessage(unit: CommandUnit, command: EditMessage): Promise<CommandResult> {
  const state = await unit.conversation(command.conversationId)
  const entry = await requireEntry(unit, state, command.messageId ?? command.message.message.id)
  await editEntry(unit, state, entry, command)
  return finish(unit, state, command, [{ id: entry.id, born: entry.born, parentId: entry.parentId }])
}

/** Takes a message out of view, for ever if asked; it keeps its place, so that what follows stays where it is. */
export async function removeMessage(unit: CommandUnit, command: RemoveMessage): Promise<CommandResult> {
  const state = await unit.conversation(command.conversationId)
  const entry = await requireEntry(unit, state, command.messageId)
  const winner = shownValue(entry.heads)
  if (winner !== undefined && (isPresent(winner) || entry.heads.length > 1)) {
    const { parentId, born } = entry
    await writeMessage(unit.tx, state, unit.author(command.mutationId), entry.id, {
      parentId,
      born,
      removed: true,
    })
  }
  if (command.forever === true) await purgeBelow(unit, state, entry)
  return finish(unit, state, command)
}

/** Makes the branch through a message the open one. */
export async function selectLeaf(unit: CommandUnit, command: SelectLeaf): Promise<CommandResult> {
  const state = await unit.conversation(command.conversationId)
  const entry = await requireEntry(unit, state, command.messageId)
  const author = unit.author(command.mutationId)
  const known = state.registers.get('leaf') ?? []
  // Choosing again what was chosen before is news where branches came since: their announcement ends.
  const isOld = (known[0]?.stamp ?? -1) < (state.tree.newest()?.born ?? 0)
  if (isOld) await writeOver(unit.tx, state, author, 'leaf', entry.id, known)
  else await writeRegister(unit.tx, state, author, 'leaf', entry.id)
  return finish(unit, state, command)
}

async function requireEntry(
  unit: CommandUnit,
  state: ConversationState,
  messageId: string,
): Promise<EntryState> {
  const entry = await loadEntry(unit.tx, state, messageId)
  if (entry !== undefined) return entry
  if (state.damaged !== undefined && state.tree.get(messageId) !== undefined) {
    requireWhole(unit, state)
    throw unreadable(state)
  }
  throw new ChatkeepError(
    'input/not-found',
    `There is no message ${messageId} in this conversation on this device. Nothing was written; load the conversation again.`,
    { details: { conversationId: state.id, messageId } },
  )
}
