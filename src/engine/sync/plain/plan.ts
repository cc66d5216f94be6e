import type { Clock } from '../../../ports/clock.ts'
import type { Hashing } from '../../../ports/random.ts'
import type { SpaceSync } from '../../../ports/records/sync.ts'
import type { Database } from '../../unit.ts'
import type { ParkOutcome, RetryOutcome } from '../classify.ts'
import type { PlainServer } from './ask.ts'
import type { ListEntry } from './document.ts'
import { hashOf, readPlainSyncs } from './ground.ts'
import { type Facts, NOT_LISTED } from './look.ts'

/** A conversation of which the list tells nothing new is looked at this often all the same: its entry may hide an edit. */
export const RECHECK_MS = 10 * 60_000
/** So many of them in one turn, and when a person asked for it. */
const MAX_RECHECKS = 10
const MAX_RECHECKS_ASKED = 100
export type Task = {
  readonly id: string
  readonly facts: Facts
  /** The list has it, and this device never looked at it. */
  readonly isNew: boolean
}
/** `etag`: of the list that tells of them. */
export type Plan = { readonly kind: 'plan'; readonly tasks: readonly Task[]; readonly etag: string | null }

/** Asks a plain server for its list, and plans a turn. */
export function createPlanner(parts: {
  readonly database: Database
  readonly server: PlainServer
  readonly clock: Clock
  readonly hashing: Hashing
}) {
  const { database, server, clock, hashing } = parts

  /** Whom to look at: what the list tells of, what it lacks, what was never looked at, and some that it tells nothing new of. */
  return async function planFor(
    { projectId, suspect, listEtag }: SpaceSync,
    { isAsked, mustList }: { readonly isAsked: boolean; readonly mustList: boolean },
  ): Promise<Plan | RetryOutcome | ParkOutcome> {
    const { syncs, here } = await database.read(['sync_metadata', 'conversations'], async (tx) => {
      const range = { lower: [projectId], upper: [projectId, []] }
      const records = suspect ? await tx.scan('conversations', { index: 'byProject', range }) : []
      return {
        syncs: await readPlainSyncs(tx, projectId),
        here: records.filter(({ shelf }) => shelf !== 'gone'),
      }
    })
    const isSettled = !suspect && !mustList && syncs.every(({ listed }) => listed !== null)
    const answer = await server.list(projectId, isSettled ? (listEtag ?? null) : null)
    if (answer.kind === 'retry' || answer.kind === 'park') return answer
    const hashById = new Map(
      answer.kind === 'unchanged'
        ? syncs.flatMap(({ conversationId, listed }) =>
            listed === null || listed === NOT_LISTED ? [] : [[conversationId, listed] as const],
          )
        : newestFirst(answer.entries).map((entry) => [entry.id, hashOf(hashing, entry)] as const),
    )
    const syncById = new Map(syncs.map((sync) => [sync.conversationId, sync]))
    const tasks = new Map<string, Task>()
    const add = (id: string): void => {
      const sync = syncById.get(id)
      const known = suspect || sync === undefined || sync.listed === null ? null : (sync.etag ?? null)
      const isNew = sync === undefined && hashById.has(id)
      if (!tasks.has(id))
        tasks.set(id, { id, facts: { listed: hashById.get(id) ?? NOT_LISTED, known }, isNew })
    }
    for (const id of [...hashById.keys(), ...syncById.keys(), ...here.map((record) => record.id)])
      if (syncById.get(id)?.listed !== (hashById.get(id) ?? NOT_LISTED)) add(id)
    const now = clock.now()
    const isDue = (checkedAt: number) => isAsked || Math.abs(now - checkedAt) >= RECHECK_MS
    const due = syncs
      .filter(({ conversationId, checkedAt }) => hashById.has(conversationId) && isDue(checkedAt))
      .sort((a, b) => a.checkedAt - b.checkedAt)
    for (const { conversationId } of due.slice(0, isAsked ? MAX_RECHECKS_ASKED : MAX_RECHECKS))
      add(conversationId)
    const etag = answer.kind === 'unchanged' ? (listEtag ?? null) : answer.etag
    return { kind: 'plan', tasks: [...tasks.values()], etag }
  }
}

/** As far as the entries tell: only the order in which they are fetched rests on it. */
function newestFirst(entries: readonly ListEntry[]): readonly ListEntry[] {
  const timeOf = ({ updatedAt }: Readonly<Record<string, unknown>>): number => {
    const time = typeof updatedAt === 'string' ? Date.parse(updatedAt) : updatedAt
    return typeof time === 'number' && Number.isFinite(time) ? time : 0
  }
  return entries.toSorted((a, b) => timeOf(b) - timeOf(a))
}
