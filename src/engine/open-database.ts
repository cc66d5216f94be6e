import { ChatkeepError } from '../domain/errors.ts'
import type { Clock } from '../ports/clock.ts'
import type { ChangeEvent, Events } from '../ports/events.ts'
import type { Hashing, Random } from '../ports/random.ts'
import type { ConversationRecord } from '../ports/records/conversation.ts'
import { STORE_NAMES } from '../ports/schema.ts'
import type { Durability, Storage } from '../ports/storage.ts'
import type { Author } from './author.ts'
import { type CommandUnit, createUnit } from './command-unit.ts'
import { flushConversation } from './conversation-flush.ts'
import type { ConversationState } from './conversation-state.ts'
import { countFreed } from './freeing/freed-count.ts'
import { type Relief, withRoom } from './freeing/with-room.ts'
import { createGroupCommit } from './group-commit.ts'
import { createKnowledge } from './knowledge.ts'
import { mendConversation } from './mending/mend-conversation.ts'
import { withMending } from './mending/with-mending.ts'
import { ensureSpace } from './outbox.ts'
import { LONG_TAIL } from './packs.ts'
import { createPipeline } from './pipeline.ts'
import { withReadAhead } from './read-ahead.ts'
import { createOutboxTally } from './sync/outbox-tally.ts'
import { createTreeCache, type TreeCache } from './tree-cache.ts'
import type { Database } from './unit.ts'

export type OpenDatabase = Database & {
  readonly storage: Storage
  readonly trees: TreeCache
  /** Conversations that were written lately and could be folded. */
  readonly longTails: Set<string>
  /** Who writes on behalf of a command. */
  author(mutationId: Author['mutationId']): Author
  command<T>(
    durability: Durability,
    work: (unit: CommandUnit) => Promise<T>,
    announce?: (unit: CommandUnit) => void,
  ): Promise<T>
  /**
   * A relaxed transaction of its own for much at once. The next one hands over what it writes while this one commits, so that the browser
   * never waits.
   */
  bulk<T>(work: (unit: CommandUnit) => Promise<T>, announce: (unit: CommandUnit) => void): Promise<T>
  /** A relaxed transaction of its own, ahead of all that waits, and not tried again when the disk is full: for making room. */
  aside<T>(work: (unit: CommandUnit) => Promise<T>): Promise<T>
  /** Who makes room when a write finds the disk full. */
  whenFull(relief: Relief): void
  /** Sets aside what is damaged of a conversation. Answers whether anything was. Writes do so by themselves. */
  mend(conversationId: string): Promise<boolean>
}

export type DatabasePorts = {
  readonly storage: Storage
  readonly clock: Clock
  readonly random: Random
  readonly hashing: Hashing
  readonly events: Events
  /** Whether operations have somewhere to go; without a cloud nothing is queued and everything is offered when one comes. */
  readonly hasCloud: () => boolean
  /** The device in a person's words, noted with what it edits. */
  readonly deviceName?: string
}

type Attempt = {
  /** Collects the conversations that it was about. */
  readonly touches: Set<string>
  /** Called when all that it writes is handed over. */
  readonly onWorked?: (() => void) | undefined
  readonly mayRely: boolean
}

/** Opens the engine's view of one database: units of work over its stores, grouped into transactions. */
export async function openDatabase(ports: DatabasePorts): Promise<OpenDatabase> {
  const { storage, clock, random, hashing, events } = ports
  const trees = createTreeCache()
  const tally = createOutboxTally()
  const knowledge = createKnowledge()
  const contextId = random.id()
  const longTails = new Set<string>()
  const incarnation = await readIncarnation(storage, random)
  const name = ports.deviceName
  // Short, and without telling the incarnation: cursors are bound to that.
  const device = {
    device: hashing.hash(`device ${incarnation}`).slice(0, 8),
    ...(name === undefined ? {} : { name }),
  }

  const author = (mutationId: Author['mutationId']): Author => ({
    mutationId,
    incarnation,
    clock,
    hashing,
    device,
  })

  const shared = {
    clock,
    hashing,
    incarnation,
    deviceId: device.device,
    trees,
    author,
    hasCloud: ports.hasCloud,
  }

  let relief: Relief | undefined

  /** `touches` collects the conversations that it was about, also when it fails. */
  function transact(
    durability: Durability,
    work: (unit: CommandUnit) => Promise<void>,
    touches: Set<string>,
    onWorked?: () => void,
  ): Promise<void> {
    return withMending(async (touched) => {
      try {
        // What was known is not so any more where somebody else wrote.
        const reliedAndFailed = await attempt(durability, work, { touches: touched, onWorked, mayRely: true })
        if (reliedAndFailed) await attempt(durability, work, { touches: touched, onWorked, mayRely: false })
      } finally {
        for (const id of touched) touches.add(id)
      }
    }, mend)
  }

  async function mend(conversationId: string): Promise<boolean> {
    let isMended = false
    trees.forget(conversationId)
    const work = async (unit: CommandUnit) => {
      isMended = await mendConversation(unit, conversationId)
    }
    await attempt('relaxed', work, { touches: new Set(), mayRely: false })
    return isMended
  }

  /** Answers true when it relied on what was known and failed, perhaps for that. */
  async function attempt(
    durability: Durability,
    work: (unit: CommandUnit) => Promise<void>,
    { touches, onWorked, mayRely }: Attempt,
  ): Promise<boolean> {
    let relies = false
    let isComplete = false
    let announced: ChangeEvent[] = []
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
      announced = []
      touched = []
      isStatusNew = false
      const spaces = new Set<string>()
      const onQueued = () => {
        isStatusNew = true
      }
      const { unit, states } = createUnit({ ...shared, tx, spaces, touches, onQueued })
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
      if (record.tailCount > LONG_TAIL) longTails.add(record.id)
      announced.push({
        type: 'conversationChanged',
        database: storage.name,
        conversationId: record.id,
        projectId: record.projectId,
        revision: record.revision,
      })
    }
    if (isStatusNew) announced.push({ type: 'statusChanged', database: storage.name })
    for (const event of announced) {
      try {
        events.publish(event)
      } catch {
        // It is on disk, whoever hears of it: announcements may be lost.
      }
    }
    return false
  }

  const pipeline = createPipeline()
  const groups = {
    strict: createGroupCommit<CommandUnit>((work) =>
      withRoom(relief, (touches) => transact('strict', work, touches)),
    ),
    relaxed: createGroupCommit<CommandUnit>((work) =>
      withRoom(relief, (touches) => transact('relaxed', work, touches)),
    ),
  }
  const command: OpenDatabase['command'] = (durability, work, announce) => groups[durability](work, announce)

  return {
    name: storage.name,
    incarnation,
    storage,
    tally,
    trees,
    longTails,
    read: (stores, work) => storage.read(stores, work),
    write: command,
    author,
    command,
    bulk: (work, announce) =>
      pipeline((onWorked) =>
        withResult(
          async (unit) => {
            announce(unit)
            return work(unit)
          },
          (withoutResult) =>
            withRoom(relief, (touches) => transact('relaxed', withoutResult, touches, onWorked)),
        ),
      ),
    aside: (work) => withResult(work, (withoutResult) => transact('relaxed', withoutResult, new Set())),
    whenFull(next) {
      relief = next
    },
    mend,
  }
}

/** What work answers in its last run. */
async function withResult<T>(
  work: (unit: CommandUnit) => Promise<T>,
  run: (work: (unit: CommandUnit) => Promise<void>) => Promise<void>,
): Promise<T> {
  let result: { readonly value: T } | undefined
  await run(async (unit) => {
    result = { value: await work(unit) }
  })
  if (result === undefined) throw new Error('a transaction that is complete did its work')
  return result.value
}

/** A failure that has nothing to do with what was read: the disk is full, the connection lost. */
function isOfStorage(error: unknown): boolean {
  return error instanceof ChatkeepError && error.code.startsWith('storage/')
}

async function readIncarnation(storage: Storage, random: Random): Promise<string> {
  const known = await storage.read(['settings'], (tx) => tx.get('settings', 'incarnation'))
  if (typeof known?.value === 'string') return known.value
  return storage.write(['settings'], 'strict', async (tx) => {
    const other = await tx.get('settings', 'incarnation')
    if (typeof other?.value === 'string') return other.value
    const incarnation = random.id()
    await tx.put('settings', { name: 'incarnation', value: incarnation })
    return incarnation
  })
}
