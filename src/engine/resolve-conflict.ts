import type { ConflictChoice } from '../domain/conflict.ts'
import { ChatkeepError } from '../domain/errors.ts'
import { distinctHeads, type Head } from '../domain/merge.ts'
import { isPresent, type MessageValue, type PresentMessage } from '../domain/message.ts'
import { nextStamp } from '../domain/operation.ts'
import { parseRegister } from '../domain/register.ts'
import type { ResolveConflict, ResolvedConflict } from '../domain/service/resolve-conflict.ts'
import { titleText } from '../domain/title.ts'
import { finish } from './append.ts'
import { type Author, writeMessage, writeOver, writeRegister } from './author.ts'
import type { CommandUnit } from './command-unit.ts'
import { authorshipOfHead, headsWithFiles } from './conflicts.ts'
import type { ConversationState } from './conversation-state.ts'
import { type EntryState, loadEntry } from './load-entry.ts'
import { checkMessages, toValue } from './message-input.ts'

/** Longest title that two titles make together. */
const MAX_TITLE = 1_000

/**
 * Settles a conflict as far as the person saw it: one operation over the heads they had in front of them. What came since stays, and
 * what somebody else settled meanwhile stays settled.
 */
export async function resolveConflict(
  unit: CommandUnit,
  command: ResolveConflict,
): Promise<ResolvedConflict> {
  const { conversationId, register, choice } = command
  if (typeof choice === 'object' && 'message' in choice) checkMessages([{ message: choice.message }])
  const state = await unit.conversation(conversationId)
  const seen = new Set<string>(command.covers)
  const over = (await headsWithFiles(unit, state, register)).filter((head) => seen.has(head.id))
  const heads = distinctHeads(register, over)
  const chosen = pick(unit, register, heads, choice)
  if (chosen === undefined) return { ...(await finish(unit, state, command)), outcome: 'changed' }
  const others = choice === 'both' ? heads.filter((head) => head !== chosen) : []
  const parsed = parseRegister(register)
  if (parsed.kind === 'title') {
    const title = titleFor(chosen, others, choice)
    await writeOver(unit.tx, state, unit.author(command.mutationId), register, title, over)
  } else if (parsed.kind === 'message') {
    const entry = await loadEntry(unit.tx, state, parsed.messageId)
    if (entry !== undefined) await settleMessage(unit, state, entry, { command, chosen, others, over })
  }
  return { ...(await finish(unit, state, command)), outcome: 'resolved' }
}

/** The head that the choice means; undefined when it is not among those left. */
function pick(
  unit: CommandUnit,
  register: string,
  heads: readonly Head[],
  choice: ConflictChoice,
): Head | undefined {
  if (typeof choice === 'object' && 'head' in choice) return heads.find((head) => head.id === choice.head)
  if (heads.length < 2) return undefined
  if (choice === 'both') {
    // What is shown stays where it is, so that two devices which both keep both agree. A removal is nothing to keep.
    const isKept = ({ value }: Head) => register === 'title' || isPresent(value as MessageValue)
    return heads.find(isKept) ?? heads[0]
  }
  const mine = heads.find((head) => authorshipOfHead(register, head)?.device === unit.deviceId) ?? heads[0]
  return choice === 'theirs' ? heads.find((head) => head !== mine) : mine
}

function titleFor(chosen: Head, others: readonly Head[], choice: ConflictChoice): string {
  if (typeof choice === 'object' && 'title' in choice) return choice.title
  if (typeof choice === 'object' && 'message' in choice) throw misfit('a title', 'a message')
  return [chosen, ...others]
    .map((head) => titleText(head.value) ?? '')
    .filter((title) => title.trim() !== '')
    .join(' / ')
    .slice(0, MAX_TITLE)
}

async function settleMessage(
  unit: CommandUnit,
  state: ConversationState,
  entry: EntryState,
  settled: {
    readonly command: ResolveConflict
    readonly chosen: Head
    readonly others: readonly Head[]
    readonly over: readonly Head[]
  },
): Promise<void> {
  const { command, chosen, others, over } = settled
  const author = unit.author(command.mutationId)
  const { id, parentId, born } = entry
  const choice = state.registers.get('leaf')?.[0]?.value
  const open = state.tree.openLeaf(typeof choice === 'string' ? choice : null)
  const value = valueFor(chosen.value as MessageValue, command.choice, unit.now)
  await writeMessage(unit.tx, state, author, id, { ...value, parentId, born }, { over })
  for (const other of others as readonly Head<MessageValue>[])
    await keepBeside(unit, state, entry, author, other)
  // The branch that was open stays open beside the new ones.
  if (others.length > 0 && open !== undefined) await writeRegister(unit.tx, state, author, 'leaf', open.id)
}

/** Keeps another version of a message as a branch of its own. Where it is one already, what became of that stays. */
async function keepBeside(
  unit: CommandUnit,
  state: ConversationState,
  { parentId, born }: EntryState,
  author: Author,
  { id: headId, value: other }: Head<MessageValue>,
): Promise<void> {
  if (!isPresent(other)) return
  // Its id follows from the version's: two devices that both keep both make one branch.
  const id = author.hashing.hash(JSON.stringify(['both', state.id, headId]))
  const known = state.tree.get(id)
  if (known?.removed === false) return
  const place = known ?? { parentId, born: Math.max(nextStamp(unit.now, []), born + 1) }
  const { by: _, ...rest } = other
  const externalId = other.externalId ?? other.message.id
  const sibling: PresentMessage = { ...rest, externalId, parentId: place.parentId, born: place.born }
  await writeMessage(unit.tx, state, author, id, sibling, { atLeast: place.born })
}

function valueFor(chosen: MessageValue, choice: ConflictChoice, now: number): MessageValue {
  if (typeof choice === 'object' && 'title' in choice) throw misfit('a message', 'a title')
  if (typeof choice !== 'object' || !('message' in choice)) return chosen
  const { message } = choice
  if (!isPresent(chosen)) return toValue({ message }, chosen, now)
  return { ...chosen, status: 'complete', message }
}

function misfit(register: string, given: string): ChatkeepError {
  return new ChatkeepError(
    'input/invalid',
    `The conflict is about ${register} and the choice holds ${given}. Nothing was written.`,
  )
}
