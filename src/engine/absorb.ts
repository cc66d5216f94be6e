import type { MutationId } from '../domain/ids.ts'
import type { Operation } from '../domain/operation.ts'
import type { AbsorbOperations, OperationsOfConversation, OperationsPage } from '../domain/service/moving.ts'
import type { CommandUnit } from './command-unit.ts'
import type { ConversationState } from './conversation-state.ts'

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
  for (const { id, projectId, absent } of records.slice(0, PAGE)) {
    const mutationIds = await queuedMutations(unit, id)
    const operations = await unit.knownOperations(id)
    // Of an absent conversation the cloud has the rest; one that is only listed has nothing to move.
    if (absent !== undefined && operations.length === 0) continue
    conversations.push({ conversationId: id, projectId, operations, mutationIds })
  }
  const last = records.length > PAGE ? records[PAGE - 1] : undefined
  return { conversations, next: last?.id ?? null }
}

/** Which command each queued operation belongs to, so that whoever waits for it to be synced goes on waiting. */
async function queuedMutations(
  unit: CommandUnit,
  conversationId: string,
): Promise<Record<string, MutationId>> {
  const range = { lower: [conversationId], upper: [conversationId, []] }
  const rows = await unit.tx.scan('outbox', { index: 'byConversation', range })
  const pairs = rows.flatMap(({ operations, mutationId }) =>
    mutationId === '' ? [] : operations.map(({ id }) => [id, mutationId] as const),
  )
  return Object.fromEntries(pairs)
}

/** Takes over operations from another database: those that are new here are queued for the cloud like one's own. */
export async function absorbOperations(
  unit: CommandUnit,
  command: AbsorbOperations,
): Promise<{ readonly absorbed: number }> {
  let absorbed = 0
  for (const { conversationId, projectId, operations, mutationIds } of command.conversations) {
    const state = await unit.anyConversation(conversationId, projectId)
    let queuedFor = command.mutationId
    for (const operation of operations) {
      const known = await isKnown(unit, state, operation)
      if (known) continue
      await unit.applyOperations(projectId, [operation])
      const mutationId = mutationIds?.[operation.id] ?? command.mutationId
      if (mutationId !== queuedFor) await unit.enqueue(state, queuedFor)
      queuedFor = mutationId
      state.authored.push(operation)
      absorbed++
    }
    if (operations.length === 0) state.changed = true
    await unit.enqueue(state, queuedFor)
    await unit.purgeLate(operations)
  }
  return { absorbed }
}

/** A value that is here as a stub is still welcome; a stub adds nothing to a value. */
async function isKnown(unit: CommandUnit, state: ConversationState, operation: Operation): Promise<boolean> {
  if (operation.kind === 'purge') return state.purges.has(operation.id)
  const level = await unit.levelOf(operation)
  return operation.kind === 'stub' ? level !== 'unknown' : level === 'value' || level === 'purged'
}
