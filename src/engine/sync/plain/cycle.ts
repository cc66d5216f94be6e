import type { Clock } from '../../../ports/clock.ts'
import type { Hashing } from '../../../ports/random.ts'
import type { SpaceSync } from '../../../ports/records.ts'
import type { Database } from '../../unit.ts'
import { isSaveOnly } from '../asks.ts'
import type { ParkOutcome, RetryOutcome } from '../classify.ts'
import type { DrainReason } from '../drain-reason.ts'
import { visitRows } from '../outbox-rows.ts'
import type { SpaceCycle } from '../space-cycle.ts'
import type { Transport } from '../transport.ts'
import type { TurnEnds, TurnResult } from '../turn-ends.ts'
import { createPlainServer } from './ask.ts'
import { createConversationVisit } from './conversation.ts'
import { hashOf, readPlainSyncs } from './ground.ts'
import { type Facts, NOT_LISTED } from './look.ts'

/** A conversation of which the list tells nothing new is looked at this often all the same: its entry may hide an edit. */
export const RECHECK_MS = 10 * 60_000
/** So many of them in one turn, and when a person asked for it. */
const MAX_RECHECKS = 10
const MAX_RECHECKS_ASKED = 100
/** So many conversations in a row that the server cannot show or take: then it is the server. */
const MAX_STUCK = 3

type Task = { readonly id: string; readonly facts: Facts }

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
    const space = await openSpace(projectId)
    if (space === undefined) return 'done'
    const queue = createQueue(projectId)
    let tasks: readonly Task[] | null = null
    let wantsList = !isSaveOnly(reasons)
    let stuck: RetryOutcome | null = null
    let stuckCount = 0
    for (;;) {
      const queued = await queue.next()
      if (queued === undefined && tasks === null && wantsList) {
        const listed = await tasksFromList(space, reasons.has('sync-now'))
        if (listed.kind !== 'tasks') return halt(space.key, listed)
        tasks = listed.tasks
      }
      const [next = null, ...later] = queued === undefined ? (tasks ?? []) : []
      const task = queued ?? next
      if (task === null) break
      if (queued === undefined) tasks = later
      const end = await visit({ id: task.id, projectId }, task.facts, isSliceOver)
      onProgress()
      if (end.kind === 'park') return halt(space.key, end)
      if (end.kind === 'ask-list') wantsList = true
      const failed = end.kind === 'stuck' ? end.outcome : end.kind === 'retry' ? end : null
      stuckCount = failed === null ? 0 : stuckCount + 1
      stuck = failed ?? stuck
      if (failed !== null && (!isOfOne(failed) || stuckCount >= MAX_STUCK)) return halt(space.key, failed)
      if (end.kind === 'interrupted' || isSliceOver()) return 'slice-over'
    }
    if (stuck !== null) return halt(space.key, stuck)
    return finish(space.key, tasks === null ? {} : { suspect: false })
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
        return { id: found[0], facts: { listed: undefined } }
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

  /** Whom to look at: what the list tells of, what it lacks, what was never looked at, and some that it tells nothing new of. */
  async function tasksFromList(
    { projectId, suspect }: SpaceSync,
    isAsked: boolean,
  ): Promise<{ readonly kind: 'tasks'; readonly tasks: readonly Task[] } | RetryOutcome | ParkOutcome> {
    const answer = await server.list(projectId)
    if (answer.kind !== 'list') return answer
    const { syncs, here } = await database.read(['sync_metadata', 'conversations'], async (tx) => {
      const range = { lower: [projectId], upper: [projectId, []] }
      const records = suspect ? await tx.scan('conversations', { index: 'byProject', range }) : []
      return {
        syncs: await readPlainSyncs(tx, projectId),
        here: records.filter(({ shelf }) => shelf !== 'gone'),
      }
    })
    const syncById = new Map(syncs.map((sync) => [sync.conversationId, sync]))
    const hashById = new Map(answer.entries.map((entry) => [entry.id, hashOf(hashing, entry)]))
    const tasks = new Map<string, Facts>()
    for (const id of [...hashById.keys(), ...syncById.keys(), ...here.map((record) => record.id)]) {
      const listed = hashById.get(id) ?? NOT_LISTED
      if (syncById.get(id)?.listed !== listed) tasks.set(id, { listed })
    }
    const now = clock.now()
    const isDue = (checkedAt: number) => isAsked || Math.abs(now - checkedAt) >= RECHECK_MS
    const due = syncs
      .filter(({ conversationId, checkedAt }) => hashById.has(conversationId) && isDue(checkedAt))
      .sort((a, b) => a.checkedAt - b.checkedAt)
    for (const { conversationId: id } of due.slice(0, isAsked ? MAX_RECHECKS_ASKED : MAX_RECHECKS))
      if (!tasks.has(id)) tasks.set(id, { listed: hashById.get(id) ?? NOT_LISTED })
    return { kind: 'tasks', tasks: [...tasks].map(([id, facts]) => ({ id, facts })) }
  }
}

/** Whether a failure may be about one conversation: others are tried before the server is left alone. */
function isOfOne({ failure }: RetryOutcome): boolean {
  return failure.reason === 'server' && failure.retryAfterMs === null
}
