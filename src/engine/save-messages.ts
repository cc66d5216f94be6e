import { shownValue } from '../domain/merge.ts'
import { isPresent } from '../domain/message.ts'
import type { CommandResult } from '../domain/service/command.ts'
import type { MessageInput, SaveMessages } from '../domain/service/message-commands.ts'
import { loadAllEntries } from './all-entries.ts'
import { finish, followBranch, lastOfEach, type NewMessage, writeChain } from './append.ts'
import { writeRegister } from './author.ts'
import type { CommandUnit } from './command-unit.ts'
import type { ConversationState } from './conversation-state.ts'
import { differs, editEntry } from './edit-entry.ts'
import type { EntryState } from './load-entry.ts'
import { requireWhole } from './mending/damage.ts'

type Written = CommandResult['written'][number]

/**
 * Brings the stored tree in line with the list that an app shows. Known ids are updated in place; new ones are appended after their
 * neighbour; nothing is ever removed, and what was removed does not come back. Two lists branch on purpose: one in which a question that has been answered comes with another
 * text (an edit), and one that has another answer where an answer is stored (a regenerate).
 */
export async function saveMessages(unit: CommandUnit, command: SaveMessages): Promise<CommandResult> {
  const state = await unit.conversation(command.conversationId, command.projectId)
  requireWhole(unit, state)
  const author = unit.author(command.mutationId)
  await loadAllEntries(unit.tx, state)
  const written: Written[] = []
  let branched = false
  let above: { readonly id: string; readonly born: number } | null = null
  const messages = lastOfEach(command.messages)
  const changed = command.changed && new Set(command.changed)
  for (const [index, input] of messages.entries()) {
    const next = messages[index + 1]?.message.id
    const entry = findEntry(state, input.message.id, above?.id ?? null)
    if (changed?.has(input.message.id) === false) {
      above = entry ?? above
      continue
    }
    const change = entry === undefined ? 'new' : await changeOf(unit, state, entry, input, next)
    if (entry !== undefined && change === 'none') {
      above = entry
      continue
    }
    if (entry !== undefined && change === 'edit') {
      await editEntry(unit, state, entry, { message: input, mutationId: command.mutationId })
      written.push({ id: entry.id, born: entry.born, parentId: entry.parentId })
      above = entry
      continue
    }
    const forked = entry === undefined ? await isOtherAnswer(state, above?.id ?? null, input) : true
    const message = entry === undefined ? input : renamed(unit, input, command)
    const parent: { readonly id: string; readonly born: number } | null = forked
      ? above
      : newestBelow(state, above)
    const [added] = await writeChain(unit, state, author, [message], parent)
    if (added === undefined) continue
    written.push(added)
    branched ||= forked
    above = added
  }
  const last = written.at(-1)
  if (branched && last !== undefined) await writeRegister(unit.tx, state, author, 'leaf', last.id)
  else
    await followBranch(
      unit,
      state,
      author,
      written.slice(-1).filter((added) => added.id === above?.id),
    )
  return finish(unit, state, command, written)
}

/** The stored message that a listed one means: the one with its id, or the branch of an edited question below the same parent. */
function findEntry(state: ConversationState, id: string, parentId: string | null): EntryState | undefined {
  for (const entry of state.entries.values()) {
    const value = shownValue(entry.heads)
    if (value === undefined || !isPresent(value) || value.externalId !== id) continue
    if (entry.parentId === parentId && isOpen(state, entry.id)) return entry
  }
  return state.tree.get(id) === undefined ? undefined : state.entries.get(id)
}

function isOpen(state: ConversationState, id: string): boolean {
  const choice = state.registers.get('leaf')?.[0]?.value
  const leaf = state.tree.openLeaf(typeof choice === 'string' ? choice : null)
  return leaf !== undefined && state.tree.path(leaf.id).some((node) => node.id === id)
}

async function changeOf(
  unit: CommandUnit,
  state: ConversationState,
  entry: EntryState,
  input: MessageInput,
  nextId: string | undefined,
): Promise<'none' | 'edit' | 'fork'> {
  const shown = shownValue(entry.heads)
  // Removed in another tab, or on another device, from a list that does not know it yet.
  if (shown !== undefined && !isPresent(shown)) return 'none'
  if (!(await differs(unit.tx, entry, input))) return 'none'
  const answered = state.tree.hasChildren(entry.id)
  const continues = nextId !== undefined && state.tree.get(nextId) !== undefined
  return input.message.role === 'user' && answered && !continues ? 'fork' : 'edit'
}

async function isOtherAnswer(
  state: ConversationState,
  aboveId: string | null,
  input: MessageInput,
): Promise<boolean> {
  if (aboveId === null || input.message.role !== 'assistant') return false
  return state.tree.hasChildren(aboveId)
}

function newestBelow(state: ConversationState, above: { readonly id: string; readonly born: number } | null) {
  if (above !== null) return state.tree.newestBelow(above.id) ?? above
  return state.tree.openLeaf(null) ?? null
}

/** A repeated id of an edited question: the new message is stored under an id of ours, and the app's is kept beside it. */
function renamed(unit: CommandUnit, input: MessageInput, command: SaveMessages): NewMessage {
  const { hashing, mutationId } = unit.author(command.mutationId)
  const storedId = hashing.hash(
    JSON.stringify(['edited', mutationId, command.conversationId, input.message.id]),
  )
  return { ...input, storedId, externalId: input.message.id }
}
