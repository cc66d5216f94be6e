import { ChatkeepError } from '../domain/errors.ts'
import type { ChangeEvent, Events } from '../ports/events.ts'
import type { ConversationRecord } from '../ports/records/conversation.ts'
import { STORE_NAMES } from '../ports/schema.ts'
import type { Durability, Storage } from '../ports/storage.ts'
import { type CommandUnit, type CommandUnitParts, createUnit } from './command-unit.ts'
import { flushConversation } from './conversation-flush.ts'
import type { ConversationState } from './conversation-state.ts'
import { countFreed } from './freeing/freed-count.ts'
import { createKnowledge } from './knowledge.ts'
import { ensureSpace } from './outbox.ts'
import { withReadAhead } from './read-ahead.ts'
import type { OutboxTally } from './sync/outbox-tally.ts'

type Attempt = {
  /** Collects the conversations that it was about. */
  readonly touches: Set<string>
  /** Called when all that it writes is handed over. */
  readonly onWorked?: (() => void) | undefined
  readonly mayRely: boolean
}

/** One try at a transaction: its work, what follows from it, and the announcement of what changed once it is on disk. */
export function createAttempt(parts: {
  readonly storage: Storage
  readonly events: Events
  readonly tally: OutboxTally
  /** Conversations that were written lately and could be folded. */
  readonly longTails: Set<string>
  /** Messages of a tail that is not long yet. */
  readonly longTail: number
  readonly contextId: string
  /** What its units of work are made of, beside what belongs to one transaction. */
  readonly unitParts: Omit<CommandUnitParts, 'tx' | 'spaces' | 'touches' | 'onQueued'>
}) {
  const { storage, events, tally, longTails, longTail, contextId, unitParts } = parts
  const { trees, incarnation } = unitParts
  const knowledge = createKnowledge()

  /** Answers true when it relied on what was known and failed, perhaps for that. */
  return async function attempt(
    durability: Durability,
    work: (unit: CommandUnit) => Promise<void>,
    { touches, onWorked, mayRely }: Attempt,
  ): Promise<boolean> {
    let relies = false
    let isComplete = false
    let touched: { record: ConversationRecord; state: ConversationState }[] = []
    let isStatusNew = false
    const settled: (() => void)[] = []
    const turn = knowledge.begin()
    const written = storage.write(STORE_NAMES, durability, async (transaction) => {
      const known = turn.basisFor(transaction.connection)
      const watched = tally.watch(withReadAhead(transaction, mayRely ? known : undefined, contextId))
      settled.push(watched.settled)
      const { tx } = watched
      relies = tx.relies
      touched = []
      isStatusNew = false
      const spaces = new Set<string>()
      const onQueued = () => {
        isStatusNew = true
      }
      const { unit, states } = createUnit({ ...unitParts, tx, spaces, touches, onQueued })
      await work(unit)
      for (const state of states.values()) {
        const record = await flushConversation(tx, state, unit.now)
        if (record !== undefined && state.before === undefined)
          await ensureSpace(tx, state.projectId, incarnation, spaces)
        if (record !== undefined) touched.push({ record, state })
        else if (state.before !== undefined) trees.keep(state.before, state.tree)
      }
      const changes = touched.map(({ record, state }) => ({ before: state.before, after: record }))
      if (await countFreed(tx, changes, unit.now)) isStatusNew = true
      turn.worked(await tx.findings())
      onWorked?.()
      await tx.confirm()
    })
    try {
      await written
      isComplete = true
    } catch (error) {
      if (relies && !isOfStorage(error)) return true
      throw error
    } finally {
      turn.end(isComplete)
      for (const settle of settled) settle()
    }
    for (const { record, state } of touched) {
      trees.keep(record, state.tree)
      if (record.tailCount > longTail) longTails.add(record.id)
    }
    announce(
      touched.map(({ record }) => record),
      isStatusNew,
    )
    return false
  }

  function announce(written: readonly ConversationRecord[], isStatusNew: boolean): void {
    const changes: ChangeEvent[] = written.map(({ id, projectId, revision }) => ({
      type: 'conversationChanged',
      database: storage.name,
      conversationId: id,
      projectId,
      revision,
    }))
    if (isStatusNew) changes.push({ type: 'statusChanged', database: storage.name })
    for (const event of changes) {
      try {
        events.publish(event)
      } catch {
        // It is on disk, whoever hears of it: announcements may be lost.
      }
    }
  }
}

/** A failure that has nothing to do with what was read: the disk is full, the connection lost. */
function isOfStorage(error: unknown): boolean {
  return error instanceof ChatkeepError && error.code.startsWith('storage/')
}
