import type { Operation } from '../domain/operation.ts'
import type { Hashing } from '../ports/random.ts'
import type { WriteTransaction } from '../ports/storage.ts'
import { applyOperation, registerOf } from './apply.ts'
import { applyPurges } from './apply-purges.ts'
import { headsOf } from './author.ts'
import type { ConversationState } from './conversation-state.ts'
import { freeConversation } from './freeing/free-conversation.ts'
import { noteFilled, settleAbsence } from './freeing/settle-absence.ts'
import { knownOperations } from './known-operations.ts'
import { proveLacking } from './lacking.ts'
import { purgeLate } from './purge.ts'
import { loadSeen } from './seen.ts'
import type { Unit } from './unit.ts'

/** What a transaction does with operations that come from elsewhere, and what it tells of those that are here. */
export function createIncoming(parts: {
  readonly tx: WriteTransaction
  readonly hashing: Hashing
  readonly conversation: (id: string, projectId?: string) => Promise<ConversationState>
  readonly makeKnown: (projectId: string) => Promise<void>
  readonly enqueue: (state: ConversationState) => Promise<unknown>
}): Omit<Unit, 'tx'> {
  const { tx, hashing, conversation, makeKnown, enqueue } = parts

  return {
    async applyOperations(projectId, operations, { freedProvenAt } = {}) {
      await makeKnown(projectId)
      const purges = operations.filter((operation) => operation.kind === 'purge')
      for (const [id, ofOne] of byConversation(purges))
        await applyPurges(tx, await conversation(id, projectId), ofOne)
      for (const operation of operations) {
        if (operation.kind === 'purge') continue
        const state = await conversation(operation.conversationId, projectId)
        const isOnlyProven =
          operation.kind === 'set' &&
          freedProvenAt !== undefined &&
          state.absent !== undefined &&
          proveLacking(state, operation.register, operation.id, freedProvenAt)
        if (!isOnlyProven) await applyOperation(tx, state, operation, hashing)
      }
    },
    async purgeLate(operations) {
      for (const [id, ofOne] of byConversation(operations)) {
        const state = await conversation(id)
        await purgeLate(tx, state, ofOne, hashing)
        await enqueue(state)
      }
    },
    async noteListed(projectId, conversations) {
      for (const { id, updatedAt, lastMessage, ...listed } of conversations) {
        const state = await conversation(id, projectId)
        const { title, messageCount, createdAt, archived, pinned, trashed, tags, gone } = listed
        const flags = { archived, pinned: pinned === true, trashed: trashed === true, tags: tags ?? [] }
        const preview = lastMessage ?? ''
        const facts = { title, messageCount, preview, createdAt, lastMessageAt: updatedAt, ...flags }
        state.changed = true
        // What was written here before the first sync stays at hand; the rest comes beside it.
        const isHere = state.absent === undefined && (state.tree.size > 0 || state.registers.size > 0)
        if (isHere) state.isWanted = true
        else state.absent = gone === true ? { ...facts, gone } : facts
      }
    },
    async noteUnlisted(projectId, operations) {
      let count = 0
      for (const id of byConversation(operations).keys()) {
        const state = await conversation(id, projectId)
        if (state.absent !== undefined || state.isWanted) continue
        state.isWanted = true
        state.changed = true
        count += 1
      }
      return count
    },
    noteFilled: async (conversationId) => noteFilled(tx, await conversation(conversationId)),
    free: async (conversationId, provenAt) =>
      freeConversation(tx, await conversation(conversationId), provenAt),
    settleAbsence: async (conversationId, provenAt) =>
      settleAbsence(tx, await conversation(conversationId), provenAt),
    knownOperations: async (conversationId) => knownOperations(tx, await conversation(conversationId)),
    async levelOf(operation) {
      const state = await conversation(operation.conversationId)
      if (state.purged.has(operation.id)) return 'purged'
      const register =
        operation.register === '' ? await registerOf(tx, state, operation.id) : operation.register
      const heads = await headsOf(tx, state, register)
      if (heads.some((head) => head.id === operation.id)) return 'value'
      if (state.lacking.get(register)?.has(operation.id)) return 'lacking'
      const seen = await loadSeen(tx, state, register)
      return seen.stubs.has(operation.id) ? 'stub' : 'unknown'
    },
  }
}

function byConversation<O extends Operation>(operations: readonly O[]): ReadonlyMap<string, readonly O[]> {
  const operationsById = new Map<string, O[]>()
  for (const operation of operations) {
    const mine = operationsById.get(operation.conversationId)
    if (mine === undefined) operationsById.set(operation.conversationId, [operation])
    else mine.push(operation)
  }
  return operationsById
}
