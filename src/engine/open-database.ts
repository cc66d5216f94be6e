import { ChatkeepError } from '../domain/errors.ts'
import type { Clock } from '../ports/clock.ts'
import type { ChangeEvent, Events } from '../ports/events.ts'
import type { Hashing, Random } from '../ports/random.ts'
import { type ConversationRecord, STORE_NAMES } from '../ports/records.ts'
import type { Durability, Storage } from '../ports/storage.ts'
import type { Author } from './author.ts'
import { flushConversation } from './conversation-flush.ts'
import {
  type ConversationState,
  createTreeCache,
  loadConversation,
  type TreeCache,
} from './conversation-state.ts'
import { countFreed } from './freeing/freed-count.ts'
import { type Relief, withRoom } from './freeing/with-room.ts'
import { createGroupCommit } from './group-commit.ts'
import { createIncoming } from './incoming.ts'
import { isFreed } from './lacking.ts'
import { ensureSpace, noteUnqueued, outboxRows } from './outbox.ts'
import { LONG_TAIL } from './packs.ts'
import { type ReadAhead, withReadAhead } from './read-ahead.ts'
import { createOutboxTally } from './sync/outbox-tally.ts'
import type { Database, Unit } from './unit.ts'

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
  /** A relaxed transaction of its own, ahead of all that waits, and not tried again when the disk is full: for making room. */
  aside<T>(work: (unit: CommandUnit) => Promise<T>): Promise<T>
  /** Who makes room when a write finds the disk full. */
  whenFull(relief: Relief): void
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

const WRONG_GUESS = new Error('what was guessed is not so')

/** Opens the engine's view of one database: units of work over its stores, grouped into transactions. */
export async function openDatabase(ports: DatabasePorts): Promise<OpenDatabase> {
  const { storage, clock, random, hashing, events } = ports
  const trees = createTreeCache()
  const tally = createOutboxTally()
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

  let relief: Relief | undefined

  /** `touches` collects the conversations that it was about, also when it fails. */
  async function transact(
    durability: Durability,
    work: (unit: CommandUnit) => Promise<void>,
    touches: Set<string>,
  ): Promise<void> {
    try {
      await attempt(durability, work, touches, true)
    } catch (error) {
      if (error !== WRONG_GUESS) throw error
      await attempt(durability, work, touches, false)
    }
  }

  async function attempt(
    durability: Durability,
    work: (unit: CommandUnit) => Promise<void>,
    touches: Set<string>,
    mayGuess: boolean,
  ): Promise<void> {
    let announced: ChangeEvent[] = []
    let touched: { record: ConversationRecord; state: ConversationState }[] = []
    let isStatusNew = false
    const settled: (() => void)[] = []
    const written = storage.write(STORE_NAMES, durability, async (transaction) => {
      const watched = tally.watch(withReadAhead(transaction, mayGuess))
      settled.push(watched.settled)
      const { tx } = watched
      announced = []
      touched = []
      isStatusNew = false
      const spaces = new Set<string>()
      const { unit, states } = createUnit(tx, spaces, () => {
        isStatusNew = true
      })
      try {
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
      } catch (error) {
        // It may have failed for something that is not so.
        throw (await tx.confirm()) ? error : WRONG_GUESS
      } finally {
        for (const id of states.keys()) touches.add(id)
      }
      if (!(await tx.confirm())) throw WRONG_GUESS
    })
    await written.finally(() => {
      for (const settle of settled) settle()
    })
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
  }

  function createUnit(
    tx: ReadAhead,
    spaces: Set<string>,
    onQueued: () => void,
  ): {
    unit: CommandUnit
    states: Map<string, ConversationState>
  } {
    const states = new Map<string, ConversationState>()
    const conversation = async (id: string, projectId?: string) => {
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
      deviceId: device.device,
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
      hasCloud: ports.hasCloud,
      async enqueue(state, mutationId) {
        const operations = state.authored.splice(0)
        if (operations.length === 0) return false
        if (!ports.hasCloud()) {
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
    async aside<T>(work: (unit: CommandUnit) => Promise<T>): Promise<T> {
      let result: { readonly value: T } | undefined
      await transact(
        'relaxed',
        async (unit) => {
          result = { value: await work(unit) }
        },
        new Set(),
      )
      if (result === undefined) throw new Error('a transaction that is complete did its work')
      return result.value
    },
    whenFull(next) {
      relief = next
    },
  }
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

function isAbsent(conversationId: string): ChatkeepError {
  return new ChatkeepError(
    'sync/absent',
    `The content of ${conversationId} is not on this device yet. Nothing was written; fetch it first (opening it does), then repeat.`,
    { retryable: true, details: { conversationId } },
  )
}
