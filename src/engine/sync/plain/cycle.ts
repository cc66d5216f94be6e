import type { Clock } from '../../../ports/clock.ts'
import type { Hashing } from '../../../ports/random.ts'
import type { SpaceSync } from '../../../ports/records/sync.ts'
import type { Database } from '../../unit.ts'
import { isSaveOnly } from '../asks.ts'
import type { RetryOutcome } from '../classify.ts'
import type { DrainReason } from '../drain-reason.ts'
import { visitRows } from '../outbox-rows.ts'
import { updateSpace } from '../space.ts'
import type { SpaceCycle } from '../space-cycle.ts'
import type { Transport } from '../transport.ts'
import type { TurnEnds, TurnResult } from '../turn-ends.ts'
import { createPlainServer } from './ask.ts'
import { createConversationVisit } from './conversation.ts'
import { createPlanner, type Plan, type Task } from './plan.ts'

/** So many conversations in a row that the server cannot show or take: then it is the server. */
const MAX_STUCK = 3

/** One project's turn with a plain server: conversations with something to send, then those that the list tells of. */
export function createPlainCycle(parts: {
  readonly database: Database
  readonly transport: Transport
  readonly clock: Clock
  readonly ends: TurnEnds
  readonly hashing: Hashing
  readonly onProgress: () => void
}): SpaceCycle {
  const { database, transport, clock, hashing, onProgress } = parts
  const server = createPlainServer(transport)
  const planFor = createPlanner({ database, server, clock, hashing })
  const serverNow = () => {
    const heard = transport.cloudTime()
    return heard === null ? null : heard.cloudMs + (clock.now() - heard.localMs)
  }
  const visit = createConversationVisit({ database, server, clock, hashing, serverNow })
  const { guardTurn, openSpace, finish, halt } = parts.ends

  return {
    turn: (projectId, isSliceOver, reasons) =>
      guardTurn(projectId, () => take(projectId, isSliceOver, reasons)),
  }

  async function take(
    projectId: string,
    isSliceOver: () => boolean,
    reasons: ReadonlySet<DrainReason>,
  ): Promise<TurnResult> {
    const opened = await openSpace(projectId, reasons, async () => null)
    if (typeof opened === 'string') return opened
    const { space } = opened
    const queue = createQueue(projectId)
    let plan: Plan | null = null
    let tasks: readonly Task[] = []
    let wantsList = !isSaveOnly(reasons)
    let mustList = reasons.has('sync-now')
    let stuck: RetryOutcome | null = null
    let stuckCount = 0
    for (;;) {
      const queued = await queue.next()
      if (queued === undefined && plan === null && wantsList) {
        const planned = await planFor(space, { isAsked: reasons.has('sync-now'), mustList })
        if (planned.kind !== 'plan') return halt(space.key, planned)
        plan = planned
        tasks = planned.tasks
        await noteNew(space.key, tasks)
        onProgress()
      }
      const [next = null, ...later] = queued === undefined ? tasks : []
      const task = queued ?? next
      if (task === null) break
      if (queued === undefined) tasks = later
      const end = await visit({ id: task.id, projectId }, task.facts, isSliceOver)
      if (end.kind === 'done' && task.isNew) await countFilled(space.key)
      onProgress()
      if (end.kind === 'park') return halt(space.key, end)
      if (end.kind === 'ask-list') {
        wantsList = true
        mustList = true
      }
      const failed = end.kind === 'stuck' ? end.outcome : end.kind === 'retry' ? end : null
      stuckCount = failed === null ? 0 : stuckCount + 1
      stuck = failed ?? stuck
      if (failed !== null && (!isOfOne(failed) || stuckCount >= MAX_STUCK)) return halt(space.key, failed)
      if (end.kind === 'interrupted' || isSliceOver()) return 'slice-over'
    }
    if (stuck !== null) return halt(space.key, stuck)
    const { etag } = plan ?? { etag: undefined }
    return finish(space.key, (stored) => (etag === undefined ? stored : allLookedAt(stored, etag)))
  }

  /** A new device, or one that was away for long: how many conversations are to come, as `status` tells. */
  async function noteNew(key: string, tasks: readonly Task[]): Promise<void> {
    const count = tasks.filter(({ isNew }) => isNew).length
    if (count === 0) return
    await database.write('relaxed', ({ tx }) =>
      updateSpace(tx, key, (space) => {
        const filledCount = space.bootstrap?.filledCount ?? 0
        return { ...space, bootstrap: { next: null, listedCount: filledCount + count, filledCount } }
      }),
    )
  }

  async function countFilled(key: string): Promise<void> {
    await database.write('relaxed', ({ tx }) =>
      updateSpace(tx, key, (space) => {
        const { bootstrap } = space
        if (bootstrap === undefined) return space
        return { ...space, bootstrap: { ...bootstrap, filledCount: bootstrap.filledCount + 1 } }
      }),
    )
  }

  /** Conversations with queued changes, the oldest change first; one that had its visit again only when something came since. */
  function createQueue(projectId: string) {
    /** The newest queued change of each, when it had its visit. */
    const visited = new Map<string, number>()
    let waiting: (readonly [id: string, newest: number])[] = []
    return {
      async next(): Promise<Task | undefined> {
        // The outbox is read whole, so only when everything that was found in it had its turn.
        if (waiting.length === 0) waiting = (await findQueued()).reverse()
        const found = waiting.pop()
        if (found === undefined) return undefined
        visited.set(...found)
        return { id: found[0], facts: { listed: undefined, known: null }, isNew: false }
      },
    }

    async function findQueued(): Promise<typeof waiting> {
      const newestById = new Map<string, number>()
      await database.read(['outbox'], (tx) =>
        visitRows(tx, (row) => {
          if (row.projectId === projectId && row.state !== 'quarantined')
            newestById.set(row.conversationId, row.sequence)
          return true
        }),
      )
      return [...newestById].filter(([id, newest]) => (visited.get(id) ?? 0) < newest)
    }
  }
}

/** Everything that a list tells of was looked at: the next question names its validator, and nothing is on its way any more. */
function allLookedAt(space: SpaceSync, etag: string | null): SpaceSync {
  const { bootstrap: _, listEtag: __, ...rest } = space
  return { ...rest, suspect: false, ...(etag === null ? {} : { listEtag: etag }) }
}

/** Whether a failure may be about one conversation: others are tried before the server is left alone. */
function isOfOne({ failure }: RetryOutcome): boolean {
  return failure.reason === 'server' && failure.retryAfterMs === null
}
