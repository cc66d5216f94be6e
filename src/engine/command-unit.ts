import { ChatkeepError } from '../domain/errors.ts'
import type { Clock } from '../ports/clock.ts'
import type { Hashing } from '../ports/random.ts'
import type { Author } from './author.ts'
import { type ConversationState, loadConversation } from './conversation-state.ts'
import { createIncoming } from './incoming.ts'
import { isFreed } from './lacking.ts'
import { ensureSpace, noteUnqueued, outboxRows } from './outbox.ts'
import type { ReadAhead } from './read-ahead.ts'
import type { TreeCache } from './tree-cache.ts'
import type { Unit } from './unit.ts'

/** A unit as the engine's own commands use it. */
export type CommandUnit = Unit & {
  readonly tx: ReadAhead
  readonly now: number
  readonly hashing: Hashing
  /** What versions that are written here carry (`Authorship.device`). */
  readonly deviceId: string
  /**
   * The conversation in hand, loaded at its first use. A project is needed only for one that does not exist. Of an absent one nothing
   * can be written that overwrites what there is: rejects with `sync/absent`.
   */
  conversation(id: string, projectId?: string): Promise<ConversationState>
  /** As `conversation`, also one whose messages were freed: for what is written beside them. */
  registersOf(id: string): Promise<ConversationState>
  /** As `conversation`, also of an absent one: for what comes from elsewhere and names all that it overwrites. */
  anyConversation(id: string, projectId?: string): Promise<ConversationState>
  author(mutationId: Author['mutationId']): Author
  /** Whether what is authored is queued. */
  hasCloud(): boolean
  /** Puts what was authored into the outbox, at the end of the command that authored it. */
  enqueue(state: ConversationState, mutationId: Author['mutationId'] | ''): Promise<boolean>
}

export type CommandUnitParts = {
  readonly tx: ReadAhead
  readonly clock: Clock
  readonly hashing: Hashing
  readonly incarnation: string
  readonly deviceId: string
  readonly trees: TreeCache
  readonly author: CommandUnit['author']
  readonly hasCloud: () => boolean
  /** Projects that are known to be spaces in this transaction. */
  readonly spaces: Set<string>
  /** Collects the conversations that the transaction is about, also when it fails. */
  readonly touches: Set<string>
  readonly onQueued: () => void
}

/** One running transaction and the conversations that it has in hand. */
export function createUnit(parts: CommandUnitParts): {
  readonly unit: CommandUnit
  readonly states: ReadonlyMap<string, ConversationState>
} {
  const { tx, clock, hashing, incarnation, deviceId, trees, author, hasCloud } = parts
  const { spaces, touches, onQueued } = parts
  const states = new Map<string, ConversationState>()
  const conversation = async (id: string, projectId?: string) => {
    touches.add(id)
    const inHand = states.get(id)
    if (inHand !== undefined) {
      // Asked for before by somebody who did not know its project, and did not make it.
      if (inHand.before === undefined && !inHand.changed) inHand.projectId = projectId ?? inHand.projectId
      return inHand
    }
    const state = await loadConversation(tx, id, projectId, trees)
    states.set(id, state)
    return state
  }
  const unit: CommandUnit = {
    tx,
    now: clock.now(),
    hashing,
    deviceId,
    async conversation(id, projectId) {
      const state = await conversation(id, projectId)
      if (state.absent !== undefined) throw isAbsent(id)
      return state
    },
    async registersOf(id) {
      const state = await conversation(id)
      if (state.absent !== undefined && !isFreed(state)) throw isAbsent(id)
      return state
    },
    anyConversation: conversation,
    author,
    hasCloud,
    async enqueue(state, mutationId) {
      const operations = state.authored.splice(0)
      if (operations.length === 0) return false
      if (!hasCloud()) {
        await noteUnqueued(tx, state.projectId, incarnation)
        return false
      }
      const rows = outboxRows(operations, { state, mutationId, createdAt: clock.now() })
      // Their numbers do not matter here, so nothing waits for them; what fails fails the transaction.
      for (const row of rows) tx.put('outbox', row).catch(() => {})
      onQueued()
      return true
    },
    ...createIncoming({
      ...{ tx, hashing, conversation },
      makeKnown: (projectId) => ensureSpace(tx, projectId, incarnation, spaces),
      enqueue: (state) => unit.enqueue(state, ''),
    }),
  }
  return { unit, states }
}

function isAbsent(conversationId: string): ChatkeepError {
  return new ChatkeepError(
    'sync/absent',
    `The content of ${conversationId} is not on this device yet. Nothing was written; fetch it first (opening it does), then repeat.`,
    { retryable: true, details: { conversationId } },
  )
}
