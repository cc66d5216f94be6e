import { ChatkeepError } from '../domain/errors.ts'
import { comparePlaces } from '../domain/message.ts'
import type { SetOperation } from '../domain/operation.ts'
import { nextStamp } from '../domain/operation.ts'
import { messageRegister, tagRegister } from '../domain/register.ts'
import type { ImportConversations, ImportedConversation } from '../domain/service.ts'
import type { PackedMessage } from '../ports/records.ts'
import { operationIdFor, writeMessage, writeRegister } from './author.ts'
import { keepFile } from './blobs.ts'
import type { ConversationState } from './conversation-state.ts'
import { putHistory } from './fold.ts'
import { liftInlineFiles } from './inline-files.ts'
import { toValue } from './message-input.ts'
import type { CommandUnit } from './open-database.ts'
import { nodeOf } from './packs.ts'

/** Writes whole conversations. New ones go into packs at once; into known ones only what they lack is added. */
export async function importConversations(
  unit: CommandUnit,
  command: ImportConversations,
): Promise<{ imported: number; messageCount: number }> {
  let messageCount = 0
  for (const imported of command.conversations) {
    checkParents(imported)
    const state = await unit.conversation(imported.id, command.projectId)
    const author = unit.author(command.mutationId)
    messageCount +=
      state.before === undefined && !state.changed
        ? await importNew(unit, state, imported, command)
        : await importMissing(unit, state, imported, command)
    state.changed = true
    // Its branches were made on purpose, elsewhere and long ago: nobody is told of them.
    const open = state.tree.linear ? undefined : state.tree.openLeaf(null)
    if (open !== undefined && !state.registers.has('leaf'))
      await writeRegister(unit.tx, state, author, 'leaf', open.id)
    if (imported.title !== undefined) await writeRegister(unit.tx, state, author, 'title', imported.title)
    for (const tag of imported.tags ?? []) await writeRegister(unit.tx, state, author, tagRegister(tag), true)
    if (imported.archived === true) await writeRegister(unit.tx, state, author, 'archived', true)
    await unit.enqueue(state, command.mutationId)
  }
  return { imported: command.conversations.length, messageCount }
}

/** Places by order of the list: a parent that is not named is the message before. */
function* placed(imported: ImportedConversation, now: number) {
  const bornById = new Map<string, number>()
  let born = nextStamp(now, []) - 1
  let previous: string | null = null
  for (const input of imported.messages) {
    const parentId: string | null = input.parentId === undefined ? previous : input.parentId
    const parentBorn = parentId === null ? -1 : (bornById.get(parentId) ?? -1)
    born = Math.max(born, parentBorn) + 1
    bornById.set(input.message.id, born)
    previous = input.message.id
    yield { input, parentId, born }
  }
}

async function importNew(
  unit: CommandUnit,
  state: ConversationState,
  imported: ImportedConversation,
  command: ImportConversations,
): Promise<number> {
  const author = unit.author(command.mutationId)
  const packed: PackedMessage[] = []
  for (const { input, parentId, born } of placed(imported, unit.now)) {
    const { id } = input.message
    const operationId = operationIdFor(author, state.id, messageRegister(id))
    const { message, files } = liftInlineFiles(input.message, author.hashing)
    const value = toValue({ ...input, message }, { parentId, born }, unit.now)
    const entry: PackedMessage = {
      id,
      born,
      parentId,
      heads: [{ id: operationId, stamp: born, overwrites: [], value }],
      ...(files.length === 0
        ? {}
        : { lifted: files.map(({ path, blob }) => ({ operationId, path, hash: blob.hash })) }),
    }
    for (const { blob } of files) await keepFile(unit.tx, blob)
    packed.push(entry)
    state.entries.set(id, {
      ...entry,
      lifted: entry.lifted ?? [],
      source: 'pack',
      sourceBorn: born,
      changed: false,
    })
    state.tree.put(nodeOf(entry))
    const operation: SetOperation = {
      kind: 'set',
      id: operationId,
      conversationId: state.id,
      register: messageRegister(id),
      stamp: born,
      overwrites: [],
      value: files.length === 0 ? value : { ...value, message: input.message },
    }
    state.authored.push(operation)
  }
  packed.sort(comparePlaces)
  await putHistory(unit.tx, state, packed)
  return packed.length
}

async function importMissing(
  unit: CommandUnit,
  state: ConversationState,
  imported: ImportedConversation,
  command: ImportConversations,
): Promise<number> {
  const author = unit.author(command.mutationId)
  let count = 0
  for (const { input, parentId, born } of placed(imported, unit.now)) {
    const { id } = input.message
    if (state.tree.get(id) !== undefined) continue
    const parentBorn = parentId === null ? -1 : (state.tree.get(parentId)?.born ?? -1)
    const place = { parentId, born: Math.max(born, parentBorn + 1) }
    await writeMessage(unit.tx, state, author, id, toValue(input, place, unit.now), { atLeast: place.born })
    count++
  }
  return count
}

function checkParents(imported: ImportedConversation): void {
  const known = new Set<string>()
  for (const { message, parentId } of imported.messages) {
    const problem = known.has(message.id)
      ? `the id ${message.id} twice`
      : typeof parentId === 'string' && !known.has(parentId)
        ? `${message.id} before its parent ${parentId}`
        : undefined
    if (problem !== undefined) {
      throw new ChatkeepError(
        'input/invalid',
        `The imported conversation ${imported.id} lists ${problem}. Nothing was written; list each message once, parents first.`,
        { details: { conversationId: imported.id, messageId: message.id } },
      )
    }
    known.add(message.id)
  }
}
