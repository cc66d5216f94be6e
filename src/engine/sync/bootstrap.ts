import { CURSOR_ZERO, listAnswerSchema } from '../../domain/wire.ts'
import type { Disk } from '../../ports/disk.ts'
import type { SpaceSync } from '../../ports/records/sync.ts'
import { bytesToFree } from '../freeing/pressure.ts'
import { isAwaited } from '../mending/damage-errors.ts'
import type { Database } from '../unit.ts'
import { type ParkOutcome, type RetryOutcome, refusalToRetry } from './classify.ts'
import type { DrainReason } from './drain-reason.ts'
import type { FetchConversation, FetchResult } from './fetch-conversation.ts'
import { isFirstEver, toMet } from './new-space.ts'
import { resetSpace } from './reset-space.ts'
import { readSyncSettings } from './settings.ts'
import { isSamePoint, readSpace } from './space.ts'
import type { Transport } from './transport.ts'

/*
 *   fresh ── list, newest first; its cursor becomes the delta cursor ──► every conversation absent ──► deltas as ever
 *                                                                                │
 *        the open one at once, the rest newest first, one by one, whenever nothing waits to be sent ──► filled
 *
 * All of it is on disk (`SpaceSync.bootstrap`, `ConversationRecord.absent`): after a kill it goes on where it stood. Switching sync off
 * stops it, switching it on goes on. A 410 ends it: the pull from zero that follows brings everything.
 *
 * A device that was written to before it knew of a cloud looks at one page of the log. If there is more, all that is here is queued, and it goes on like
 * a fresh one: a cloud keeps one of what it gets twice.
 */

/** Conversations of one page of the list. */
const PAGE_CONVERSATIONS = 1_000

/** `isWanted`: what counts again after a value was lost, or was damaged here; it goes first. */
type Absent = { readonly id: string; readonly isWanted: boolean }

export type ListResult =
  | { readonly kind: 'listed' }
  /** There is no list, or nothing in it: the pull from zero brings what there is. */
  | { readonly kind: 'nothing' }
  | RetryOutcome
  | ParkOutcome

export type Bootstrap = {
  /** Whether the list has to be asked for (further) before anything else. `isLong`: the log is, and the list is worth its while where something is here. */
  wantsList(space: SpaceSync, isLong: boolean): Promise<boolean>
  list(space: SpaceSync): Promise<ListResult>
  /** Fills the next absent conversation; `done`: none is left, or sync was switched off. */
  fillNext(
    space: SpaceSync,
    reasons: ReadonlySet<DrainReason>,
  ): Promise<FetchResult | { readonly kind: 'done' }>
}

export function createBootstrap(options: {
  readonly database: Database
  readonly transport: Transport
  readonly fetchConversation: FetchConversation
  readonly disk: Disk
}): Bootstrap {
  const { database, transport, fetchConversation, disk } = options
  /** Conversations that were absent when this was last looked up, the next one last. */
  const absentByProject = new Map<string, Absent[]>()

  return {
    async wantsList(space, isLong) {
      const { projectId, suspect, bootstrap } = space
      if (bootstrap !== undefined) return bootstrap.next !== null
      if (suspect || !isFirstEver(space)) return false
      if (isLong) return true
      const range = { lower: [projectId], upper: [projectId, []] }
      const known = await database.read(['conversations'], (tx) =>
        tx.scan('conversations', { index: 'byProject', range, limit: 1 }),
      )
      return known.length === 0
    },

    async list(space) {
      const { projectId, bootstrap } = space
      // What was deleted for ever is listed, too: whoever does not know what was purged could bring it back.
      const listed = { trashed: 'include', gone: 'include', limit: String(PAGE_CONVERSATIONS) }
      const query = new URLSearchParams({ projectId, ...listed })
      if (bootstrap?.next) query.set('before', bootstrap.next)
      const outcome = await transport.send(
        { method: 'GET', path: `/conversations?${query}` },
        listAnswerSchema,
      )
      if (outcome.kind === 'park') return outcome
      const isNoList =
        outcome.kind === 'retry' ? outcome.error.code === 'sync/bad-answer' : outcome.kind !== 'ok'
      if (isNoList && bootstrap === undefined) return { kind: 'nothing' }
      if (outcome.kind === 'gone') {
        await resetSpace(database, space)
        return { kind: 'nothing' }
      }
      if (outcome.kind !== 'ok') return outcome.kind === 'retry' ? outcome : refusalToRetry(outcome)
      const page = outcome.answer
      if (bootstrap === undefined && (page.cursor === CURSOR_ZERO || page.conversations.length === 0)) {
        return { kind: 'nothing' }
      }
      await database.write('relaxed', async (unit) => {
        const stored = await readSpace(unit.tx, space.key)
        const isSamePage = stored?.bootstrap?.next === bootstrap?.next
        // Deltas move the cursor between two pages of the list; only the first page sets it.
        const isAsked = bootstrap === undefined ? stored !== undefined && isSamePoint(stored, space) : true
        if (stored === undefined || !isSamePage || !isAsked || stored.resets !== space.resets) return
        await unit.noteListed(projectId, page.conversations)
        const listedCount = (stored.bootstrap?.listedCount ?? 0) + page.conversations.length
        const isPaged = page.next !== null || stored.bootstrap?.isPaged === true
        await unit.tx.put('sync_metadata', {
          ...toMet(stored),
          cursor: bootstrap === undefined ? page.cursor : stored.cursor,
          bootstrap: {
            next: page.next,
            listedCount,
            filledCount: stored.bootstrap?.filledCount ?? 0,
            ...(isPaged ? { isPaged } : {}),
          },
        })
      })
      return { kind: 'listed' }
    },

    async fillNext({ projectId, key, bootstrap }, reasons) {
      if (bootstrap === undefined) return { kind: 'done' }
      const isOn = await database.read(['settings'], async (tx) => (await readSyncSettings(tx)).enabled)
      if (!isOn) return { kind: 'done' }
      const waiting = absentByProject.get(projectId) ?? []
      if (waiting.length === 0) waiting.push(...(await absentOf(projectId)))
      absentByProject.set(projectId, waiting)
      const next = waiting.at(-1)
      if (next === undefined) {
        await database.write('relaxed', async ({ tx }) => {
          const stored = await readSpace(tx, key)
          if (stored === undefined) return
          const { bootstrap: _, ...done } = stored
          await tx.put('sync_metadata', done)
        })
        return { kind: 'done' }
      }
      // Without room, what was only listed waits until somebody opens it, or there is room again.
      if (!next.isWanted && (await bytesToFree(disk)) > 0) return { kind: 'done' }
      const result = await fetchConversation(projectId, next.id, reasons)
      if (result.kind === 'filled') waiting.pop()
      else absentByProject.delete(projectId)
      return result
    },
  }

  /** Oldest first within each shelf, the pinned and the open ones last: taken from the end. */
  async function absentOf(projectId: string): Promise<readonly Absent[]> {
    const found: Absent[] = []
    for (const shelf of ['gone', 'trashed', 'archived', 'open', 'pinned'] as const) {
      const range = { lower: [projectId, shelf], upper: [projectId, shelf, []] }
      const records = await database.read(['conversations'], (tx) =>
        tx.scan('conversations', { index: 'byProject', range }),
      )
      for (const { id, absent, lacking, damaged } of records) {
        // What was freed is fetched when somebody opens it.
        const isWanted = lacking?.wanted === true || isAwaited(damaged)
        const isAbsent = absent !== undefined && lacking === undefined
        if (isAbsent || isWanted) found.push({ id, isWanted })
      }
    }
    return found.sort((a, b) => Number(a.isWanted) - Number(b.isWanted))
  }
}
