import type { AbsorbOperations, OperationsOfConversation, OperationsPage } from '../domain/service.ts'
import type { CommandUnit } from './open-database.ts'

/** Conversations that one page of `readOperations` brings. */
const PAGE = 20

/** Everything that a database holds, conversation by conversation, for moving it to another database by operation id. */
export async function readOperations(
  unit: CommandUnit,
  query: { readonly after?: string },
): Promise<OperationsPage> {
  const range = query.after === undefined ? {} : { lower: query.after, lowerOpen: true }
  const records = await unit.tx.scan('conversations', { range, limit: PAGE + 1 })
  const conversations: OperationsOfConversation[] = []
  for (const { id, projectId } of records.slice(0, PAGE)) {
    conversations.push({ conversationId: id, projectId, operations: await unit.knownOperations(id) })
  }
  const last = records.length > PAGE ? conversations.at(-1) : undefined
  return { conversations, next: last?.conversationId ?? null }
}

/** Takes over operations from another database: those that are new here are queued for the cloud like one's own. */
export async function absorbOperations(
  unit: CommandUnit,
  command: AbsorbOperations,
): Promise<{ readonly absorbed: number }> {
  let absorbed = 0
  for (const { conversationId, projectId, operations } of command.conversations) {
    const state = await unit.conversation(conversationId, projectId)
    for (const operation of operations) {
      const known =
        operation.kind === 'purge'
          ? state.purges.has(operation.id)
          : (await unit.levelOf(operation)) === (operation.kind === 'set' ? 'value' : 'stub')
      if (known) continue
      await unit.applyOperations(projectId, [operation])
      state.authored.push(operation)
      absorbed++
    }
    if (operations.length === 0) state.changed = true
    await unit.enqueue(state, command.mutationId)
  }
  return { absorbed }
}
