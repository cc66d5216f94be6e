import { nextStamp } from '../domain/operation.ts'
import type { CommandResult } from '../domain/service/command.ts'
import type { AppendMessages, MessageInput } from '../domain/service/message-commands.ts'
import type { ReadTransaction } from '../ports/storage.ts'
import { type Author, writeMessage, writeRegister } from './author.ts'
import type { CommandUnit } from './command-unit.ts'
import type { ConversationState } from './conversation-state.ts'
import { differs, editEntry } from './edit-entry.ts'
import { loadEntry } from './load-entry.ts'
import { toValue } from './message-input.ts'

type Written = CommandResult['written'][number]
type Leaf = { readonly id: string; readonly born: number }

/** Where an append attaches: the newest descendant of the leaf that the page saw, so that a stale tab does not branch. */
export async function attachmentFor(
  tx: ReadTransaction,
  state: ConversationState,
  after: Leaf | null | undefined,
  fork: boolean,
): Promise<Leaf | null> {
  const saw = after === undefined || after === null ? undefined : state.tree.get(after.id)
  if (fork && (saw !== undefined || after === null)) return saw ?? null
  const choice = state.registers.get('leaf')?.[0]?.value
  const target =
    saw === undefined
      ? state.tree.openLeaf(typeof choice === 'string' ? choice : null)
      : state.tree.newestBelow(saw.id)
  const leaf = target ?? (saw === undefined && after !== null && after !== undefined ? after : null)
  return belowDrafts(tx, state, leaf, saw === undefined ? (after ?? null) : null)
}

/** A growing answer counts as a message on its own device; one that the page saw is where it attaches. */
async function belowDrafts(
  tx: ReadTransaction,
  state: ConversationState,
  leaf: Leaf | null,
  saw: Leaf | null,
): Promise<Leaf | null> {
  if (state.before === undefined) return leaf
  const drafts = await tx.scan('drafts', { range: { lower: [state.id], upper: [state.id, []] } })
  const answers = drafts.filter(({ kind }) => kind === 'answer')
  const below = (parent: Leaf | null): Leaf | null => {
    const draft = answers.find(
      (other) => other.parentId === (parent?.id ?? null) && other.born > (parent?.born ?? -1),
    )
    return draft === undefined ? parent : below({ id: draft.messageId, born: draft.born })
  }
  const seen = answers.find((draft) => draft.messageId === saw?.id)
  return below(seen === undefined ? leaf : { id: seen.messageId, born: seen.born })
}

/** A message to write, under an id of ours where the app repeated one that is taken. */
export type NewMessage = MessageInput & { readonly storedId?: string }

/** Writes messages as a chain below `parent` and returns their places. */
export async function writeChain(
  unit: CommandUnit,
  state: ConversationState,
  author: Author,
  messages: readonly NewMessage[],
  parent: Leaf | null,
): Promise<Written[]> {
  const written: Written[] = []
  let above = parent
  for (const { storedId, ...input } of messages) {
    const id = storedId ?? input.message.id
    const parentId = above?.id ?? null
    const born = Math.max(nextStamp(unit.now, []), (above?.born ?? -1) + 1)
    await writeMessage(unit.tx, state, author, id, toValue(input, { parentId, born }, unit.now), {
      atLeast: born,
    })
    written.push({ id, born, parentId })
    above = { id, born }
  }
  return written
}

/** An append away from the open branch, or beside what was there on purpose, makes its own branch the open one. */
export async function followBranch(
  unit: CommandUnit,
  state: ConversationState,
  author: Author,
  written: readonly Written[],
): Promise<void> {
  const last = written.at(-1)
  if (last === undefined) return
  const choice = state.registers.get('leaf')?.[0]?.value
  const open = state.tree.openLeaf(typeof choice === 'string' ? choice : null)
  const isBeside = written.some(
    ({ id }) => state.entries.get(id)?.source === 'new' && state.tree.siblings(id).length > 1,
  )
  if (open?.id !== last.id || isBeside) await writeRegister(unit.tx, state, author, 'leaf', last.id)
}

export async function appendMessages(unit: CommandUnit, command: AppendMessages): Promise<CommandResult> {
  const state = await unit.conversation(command.conversationId, command.projectId)
  const author = unit.author(command.mutationId)
  const parent = await attachmentFor(unit.tx, state, command.after, command.fork === true)
  const fresh: MessageInput[] = []
  const changed: Written[] = []
  for (const message of lastOfEach(command.messages)) {
    const entry = await loadEntry(unit.tx, state, message.message.id)
    if (entry === undefined) fresh.push(message)
    else if (await differs(unit.tx, entry, message)) {
      await editEntry(unit, state, entry, { message, mutationId: command.mutationId })
      changed.push({ id: entry.id, born: entry.born, parentId: entry.parentId })
    }
  }
  const written = await writeChain(unit, state, author, fresh, parent)
  const last = written.at(-1)
  if (command.fork === true && last !== undefined)
    await writeRegister(unit.tx, state, author, 'leaf', last.id)
  if (command.fork !== true) await followBranch(unit, state, author, written)
  return finish(unit, state, command, [...changed, ...written])
}

/** A list that holds a message twice means the last of it, where it stands first. */
export function lastOfEach(messages: readonly MessageInput[]): readonly MessageInput[] {
  return [...new Map(messages.map((input) => [input.message.id, input])).values()]
}

/** Queues what a command authored and says what it did. */
export async function finish(
  unit: CommandUnit,
  state: ConversationState,
  command: { readonly mutationId: Author['mutationId'] },
  written: readonly Written[] = [],
): Promise<CommandResult> {
  const queued = await unit.enqueue(state, command.mutationId)
  const revision = (state.before?.revision ?? 0) + (state.changed ? 1 : 0)
  return { conversationId: state.id, revision, written, queued }
}
