import type { OperationId } from '../../domain/ids.ts'
import type { Operation } from '../../domain/operation.ts'
import { CURSOR_ZERO, type Delta, deltaSchema } from '../../domain/wire.ts'
import type { Clock } from '../../ports/clock.ts'
import type { SpaceSync } from '../../ports/records/sync.ts'
import type { WriteTransaction } from '../../ports/storage.ts'
import type { Database, Unit } from '../unit.ts'
import { type FailedOutcome, refusalToRetry } from './classify.ts'
import { judgePage, newsOf, offerWeak, type Shown, settleShown } from './confirm.ts'
import type { DrainReason } from './drain-reason.ts'
import { isFirstEver, toMet } from './new-space.ts'
import { noteSynced } from './note-synced.ts'
import { offerUnshown } from './offer-unshown.ts'
import { readRows } from './outbox-rows.ts'
import { resetSpace } from './reset-space.ts'
import { isSamePoint, mayAsk, readSpace, spaceKey, toReady } from './space.ts'
import type { Transport } from './transport.ts'

/** Operations asked for in one page; halved with each failure in a row, for networks that cannot carry so much at once. */
export const PAGE_OPERATIONS = 500
const LEAST_PAGE_OPERATIONS = 10

export type PullResult =
  /** The cursor is at the head. `unconfirmed`: rows that the cloud had acknowledged and did not show; they wait again. */
  | { readonly kind: 'ended'; readonly unconfirmed: number }
  /** The slice is over, another syncer was quicker, or the cloud asked for a pause meanwhile; the cursor stands where the next pull goes on. */
  | { readonly kind: 'interrupted' }
  /** The cursor was refused; it stands at zero now and everything is suspect. */
  | { readonly kind: 'reset' }
  /** There is more than a page, and nothing of it was ever here: the list comes first. Nothing was applied. */
  | { readonly kind: 'long' }
  | Exclude<FailedOutcome, { kind: 'refused' | 'gone' | 'stale' }>

type PullOptions = {
  readonly isSliceOver: () => boolean
  readonly reasons: ReadonlySet<DrainReason>
  readonly isClean: boolean
  /** The cloud has a list that may take the place of a long pull. */
  readonly mayList: boolean
}

/** What a pull from zero has shown so far, and up to where. Lost with the process: then more is offered than needed. */
type ShownSoFar = { cursor: SpaceSync['cursor']; readonly ids: Set<OperationId> }

/** Asks for the delta page by page. A page, what it confirms and the new cursor are one transaction. */
export function createPull(options: {
  readonly database: Database
  readonly transport: Transport
  readonly clock: Clock
}) {
  const { database, transport, clock } = options
  const shownByProject = new Map<string, ShownSoFar>()

  return async function pull(
    projectId: string,
    sent: readonly number[],
    { isSliceOver, reasons, isClean, mayList }: PullOptions,
  ): Promise<PullResult> {
    for (let isFirst = true; isFirst || !isSliceOver(); isFirst = false) {
      const asked = await database.read(['sync_metadata'], (tx) => readSpace(tx, spaceKey(projectId)))
      if (asked === undefined || !mayAsk(asked, reasons, clock.now())) return { kind: 'interrupted' }
      const limit = Math.max(
        LEAST_PAGE_OPERATIONS,
        PAGE_OPERATIONS >> Math.min(16, asked.backoff?.attempt ?? 0),
      )
      const path = `/conversations?${queryOf(asked, limit)}`
      const outcome = await transport.send({ method: 'GET', path }, deltaSchema)
      if (outcome.kind === 'gone' && asked.cursor !== CURSOR_ZERO) return resetSpace(database, asked)
      if (outcome.kind === 'gone' || outcome.kind === 'stale' || outcome.kind === 'refused')
        return refusalToRetry(outcome)
      if (outcome.kind !== 'ok') return outcome
      const page = outcome.answer
      if (mayList && page.more && isFirstEver(asked)) {
        // Nothing here came from a cloud: instead of comparing it with this one, all of it is queued.
        if (asked.suspect)
          await offerUnshown({ database, clock }, { ended: asked, shown: new Set(), isClean: false })
        return { kind: 'long' }
      }
      const applied = await applyPage(asked, page, sent, isClean)
      if (applied === 'dropped') continue
      noteShown(asked, page, applied.shown)
      if (page.more) continue
      if (!asked.suspect) return { kind: 'ended', unconfirmed: applied.unconfirmed }
      return offerTheRest({ ...asked, cursor: page.cursor }, isClean)
    }
    return { kind: 'interrupted' }
  }

  /** Compare-and-set: a page is worth something only to the cursor that asked for it. */
  async function applyPage(
    asked: SpaceSync,
    page: Delta,
    sent: readonly number[],
    isClean: boolean,
  ): Promise<'dropped' | { readonly shown: Shown; readonly unconfirmed: number }> {
    return database.write('relaxed', async (unit) => {
      const { tx } = unit
      const stored = await readSpace(tx, asked.key)
      if (stored === undefined || !isSamePoint(stored, asked)) return 'dropped'
      const sentRows = await readRows(tx, sent)
      const news = newsOf(page, sentRows)
      const isEnd = !page.more && !stored.suspect
      const fetching = await fetchingAfter(unit, stored, page.operations, isEnd)
      await unit.applyOperations(asked.projectId, news, { freedProvenAt: stored.resets ?? 0 })
      await unit.purgeLate(news)
      const shown = await judgePage(unit, page)
      await settleShown(tx, page, shown, sentRows)
      if (!stored.suspect) await offerWeak(unit, asked.projectId, shown, clock.now())
      await noteSynced(unit, page, clock.now())
      const moved = {
        ...withoutReached(toMet(stored), asked),
        ...fetching,
        cursor: page.cursor,
        parked: null,
      }
      const unconfirmed = isEnd ? await returnUnconfirmed(tx, sent) : 0
      const isReady = isEnd && isClean && unconfirmed === 0
      await tx.put('sync_metadata', isReady ? toReady(moved, clock.now()) : moved)
      return { shown, unconfirmed }
    })
  }

  function noteShown(asked: SpaceSync, page: Delta, shown: Shown): void {
    if (!asked.suspect) return
    const known = shownByProject.get(asked.projectId)
    const soFar =
      asked.cursor !== CURSOR_ZERO && known?.cursor === asked.cursor ? known.ids : new Set<OperationId>()
    for (const id of shown.confirmed) soFar.add(id)
    shownByProject.set(asked.projectId, { cursor: page.cursor, ids: soFar })
  }

  async function offerTheRest(ended: SpaceSync, isClean: boolean): Promise<PullResult> {
    const { projectId } = ended
    const known = shownByProject.get(projectId)
    const shown = known?.cursor === ended.cursor ? known.ids : new Set<OperationId>()
    if (!(await offerUnshown({ database, clock }, { ended, shown, isClean }))) return { kind: 'interrupted' }
    shownByProject.delete(projectId)
    return { kind: 'ended', unconfirmed: 0 }
  }
}

/**
 * Pages of the list move while they are read: a conversation that was written to meanwhile may be on none of them. The log tells of it before the first
 * pull after the list ends, and its whole content is fetched.
 */
async function fetchingAfter(
  unit: Unit,
  { projectId, bootstrap }: SpaceSync,
  shown: readonly Operation[],
  isEnd: boolean,
): Promise<Pick<SpaceSync, 'bootstrap'>> {
  if (bootstrap?.isPaged !== true) return {}
  const { isPaged: _, ...fetching } = bootstrap
  const listedCount = bootstrap.listedCount + (await unit.noteUnlisted(projectId, shown))
  const isOver = isEnd && bootstrap.next === null
  return { bootstrap: { ...(isOver ? fetching : bootstrap), listedCount } }
}

function queryOf({ projectId, cursor, reached }: SpaceSync, limit: number): string {
  const also = reached === undefined ? {} : { reached }
  return new URLSearchParams({ projectId, cursor, ...also, limit: String(limit) }).toString()
}

/** The cloud has checked how far its log went: the page's cursor knows at least that. */
function withoutReached(stored: SpaceSync, asked: SpaceSync): SpaceSync {
  if (stored.reached !== asked.reached) return stored
  const { reached: _, ...rest } = stored
  return rest
}

/** Rows acknowledged before a pull began that ended without them wait again. */
async function returnUnconfirmed(tx: WriteTransaction, sent: readonly number[]): Promise<number> {
  let returned = 0
  for (const sequence of sent) {
    const row = await tx.get('outbox', sequence)
    if (row?.state !== 'sent') continue
    await tx.put('outbox', { ...row, state: 'waiting' })
    returned += 1
  }
  return returned
}
