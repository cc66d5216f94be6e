import { tagRegister } from '../domain/register.ts'
import type { ImportConversations } from '../domain/service/import.ts'
import { type Author, writeMessage, writeRegister } from './author.ts'
import { keepFile } from './blobs.ts'
import type { CommandUnit } from './command-unit.ts'
import type { ConversationState } from './conversation-state.ts'
import { toValue } from './message-input.ts'
import { type PreparedConversation, prepareConversation } from './prepare-import.ts'
import { placed, type ReadConversation } from './read-import.ts'

type Import = Pick<ImportConversations, 'mutationId' | 'projectId'> & {
  readonly conversations: readonly ReadConversation[]
}

/**
 * Writes whole conversations. New ones go into packs at once; into known ones only what they lack is added. `prepared`: what was prepared
 * outside of the transaction.
 */
export async function importConversations(
  unit: CommandUnit,
  command: Import,
  prepared?: ReadonlyMap<ReadConversation, PreparedConversation>,
): Promise<{ imported: number; messageCount: number }> {
  let messageCount = 0
  for (const imported of command.conversations) {
    const state = await unit.conversation(imported.id, command.projectId)
    const author = unit.author(command.mutationId)
    messageCount +=
      state.before === undefined && !state.changed
        ? await importNew(unit, state, prepared?.get(imported) ?? prepareHere(unit, imported, author))
        : await importMissing(unit, state, imported, author)
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

const prepareHere = (unit: CommandUnit, imported: ReadConversation, author: Author) =>
  prepareConversation(imported, author, unit.now)

async function importNew(
  unit: CommandUnit,
  state: ConversationState,
  { nodes, packs, files, shown, operations }: PreparedConversation,
): Promise<number> {
  for (const file of files) await keepFile(unit.tx, file)
  const written: Promise<unknown>[] = []
  for (const pack of packs()) written.push(unit.tx.put('packs', pack))
  await Promise.all(written)
  for (const message of shown) {
    const { born: sourceBorn, lifted = [] } = message
    state.entries.set(message.id, { ...message, lifted, source: 'pack', sourceBorn, changed: false })
  }
  for (const node of nodes) state.tree.put(node)
  if (unit.hasCloud()) for (const operation of operations()) state.authored.push(operation)
  state.packed = nodes.length
  state.changed = true
  return nodes.length
}

async function importMissing(
  unit: CommandUnit,
  state: ConversationState,
  imported: ReadConversation,
  author: Author,
): Promise<number> {
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
