import type { Clock } from '../ports/clock.ts'
import type { Events } from '../ports/events.ts'
import type { Hashing, Random } from '../ports/random.ts'
import type { Durability, Storage } from '../ports/storage.ts'
import { createAttempt } from './attempt.ts'
import type { Author } from './author.ts'
import type { CommandUnit } from './command-unit.ts'
import { FOLD_LIMITS, type FoldLimits } from './fold-limits.ts'
import { type Relief, withRoom } from './freeing/with-room.ts'
import { createGroupCommit } from './group-commit.ts'
import { readIncarnation } from './incarnation.ts'
import { mendConversation } from './mending/mend-conversation.ts'
import { withMending } from './mending/with-mending.ts'
import { createPipeline } from './pipeline.ts'
import { createOutboxTally } from './sync/outbox-tally.ts'
import { createTreeCache, type TreeCache } from './tree-cache.ts'
import type { Database } from './unit.ts'

export type OpenDatabase = Database & {
  readonly storage: Storage
  /** Random, of this opening alone: copies of a profile share everything else. */
  readonly contextId: string
  readonly trees: TreeCache
  /** Conversations that were written lately and could be folded. */
  readonly longTails: Set<string>
  readonly foldLimits: FoldLimits
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
  readonly foldLimits?: FoldLimits
}

/** Opens the engine's view of one database: units of work over its stores, grouped into transactions. */
export async function openDatabase(ports: DatabasePorts): Promise<OpenDatabase> {
  const { storage, clock, random, hashing, events, foldLimits = FOLD_LIMITS } = ports
  const trees = createTreeCache()
  const tally = createOutboxTally()
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

  const attempt = createAttempt({
    storage,
    events,
    tally,
    longTails,
    longTail: foldLimits.longTail,
    contextId,
    unitParts: {
      clock,
      hashing,
      incarnation,
      deviceId: device.device,
      trees,
      author,
      hasCloud: ports.hasCloud,
    },
  })

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
    contextId,
    tally,
    trees,
    longTails,
    foldLimits,
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
