import type * as v from 'valibot'
import type { Cursor } from '../../domain/ids.ts'
import { conversationAnswerSchema } from '../../domain/wire.ts'
import type { Clock } from '../../ports/clock.ts'
import type { SpaceSync } from '../../ports/records/sync.ts'
import type { Database } from '../unit.ts'
import { type ParkOutcome, type RetryOutcome, refusalToRetry } from './classify.ts'
import type { DrainReason } from './drain-reason.ts'
import { resetSpace } from './reset-space.ts'
import { isSamePoint, mayAsk, readSpace, spaceKey } from './space.ts'
import type { Transport } from './transport.ts'

type Page = Pick<v.InferOutput<typeof conversationAnswerSchema>, 'operations' | 'purges' | 'next'> & {
  readonly cursor?: Cursor
}
const NOTHING: Page = { operations: [], purges: [], next: null }

/** Messages asked for in one page of a conversation. */
const PAGE_MESSAGES = 200

export type FetchResult =
  | { readonly kind: 'filled' }
  /** The space begins anew, and the pull from zero brings the conversation. */
  | { readonly kind: 'overtaken' }
  /** Its destination may not be asked now, for these reasons; what came before is kept. */
  | { readonly kind: 'waiting'; readonly until: number | null }
  | RetryOutcome
  | ParkOutcome

export type FetchConversation = (
  projectId: string,
  conversationId: string,
  reasons: ReadonlySet<DrainReason>,
) => Promise<FetchResult>

/**
 * Fetches what an absent conversation holds, newest messages first, up to the cursor; what is newer comes with the deltas, which apply
 * meanwhile. Nothing of it is applied if a 410 came since it was asked: it would be of a server that is no more.
 */
export function createConversationFetch(options: {
  readonly database: Database
  readonly transport: Transport
  readonly clock: Clock
}): FetchConversation {
  const { database, transport, clock } = options
  const runningById = new Map<string, Promise<FetchResult>>()

  return function fetchConversation(projectId, conversationId, reasons) {
    const known = runningById.get(conversationId)
    if (known !== undefined) return known
    const running = fetchPages(projectId, conversationId, reasons).finally(() =>
      runningById.delete(conversationId),
    )
    runningById.set(conversationId, running)
    return running
  }

  async function fetchPages(
    projectId: string,
    conversationId: string,
    reasons: ReadonlySet<DrainReason>,
  ): Promise<FetchResult> {
    let asked = await database.read(['sync_metadata'], (tx) => readSpace(tx, spaceKey(projectId)))
    if (asked === undefined || asked.suspect) return { kind: 'overtaken' }
    for (let before: string | null = null; ; ) {
      if (!mayAsk(asked, reasons, clock.now()))
        return { kind: 'waiting', until: asked.backoff?.nextAttemptAt ?? null }
      const page: Page | Exclude<FetchResult, { kind: 'filled' }> = await ask(asked, conversationId, before)
      if ('kind' in page) return page
      const applied = await apply(asked, conversationId, page)
      if (applied.kind === 'overtaken') return applied
      asked = applied.asked
      if (applied.kind === 'dropped') continue
      if (page.next === null) return { kind: 'filled' }
      before = page.next
    }
  }

  async function ask(
    asked: SpaceSync,
    conversationId: string,
    before: string | null,
  ): Promise<Page | Exclude<FetchResult, { kind: 'filled' }>> {
    const path = pathOf(asked, conversationId, before)
    const outcome = await transport.send({ method: 'GET', path }, conversationAnswerSchema)
    if (outcome.kind === 'ok') return outcome.answer
    if (outcome.kind === 'retry' || outcome.kind === 'park') return outcome
    if (outcome.kind === 'gone') {
      await resetSpace(database, asked)
      return { kind: 'overtaken' }
    }
    // Purged since it was listed; the delta tells of it.
    const isGone = outcome.kind === 'refused' && outcome.error.details.status === 404
    return isGone ? NOTHING : refusalToRetry(outcome)
  }

  /**
   * A page, and with the last one that everything is here, unless the space began anew since it was asked. The cursor that the page came
   * with stands where the asked one does, and knows how far the log went when the page was made: a log that loses its end is noticed. If
   * the stored cursor has moved on, that is noted beside it (`reached`); where another fetch has noted something, the page is asked for again.
   */
  async function apply(asked: SpaceSync, conversationId: string, page: Page): Promise<Applied> {
    return database.write('relaxed', async (unit) => {
      const stored = await readSpace(unit.tx, asked.key)
      if (stored === undefined || stored.suspect || stored.resets !== asked.resets)
        return { kind: 'overtaken' }
      const moved = movedBy(page.cursor ?? asked.cursor, stored, asked)
      if (moved === 'untold') return { kind: 'dropped', asked: stored }
      const news = [...page.purges, ...page.operations]
      await unit.applyOperations(asked.projectId, news)
      await unit.purgeLate(news)
      const wasAbsent = page.next === null && (await unit.noteFilled(conversationId))
      const { bootstrap } = stored
      const filled =
        bootstrap === undefined || !wasAbsent
          ? {}
          : { bootstrap: { ...bootstrap, filledCount: bootstrap.filledCount + 1 } }
      if ('cursor' in moved || 'reached' in moved || 'bootstrap' in filled)
        await unit.tx.put('sync_metadata', { ...stored, ...moved, ...filled })
      const { backoff, parked } = stored
      return { kind: 'applied', asked: { ...asked, backoff, parked, cursor: page.cursor ?? asked.cursor } }
    })
  }
}

type Applied =
  | { readonly kind: 'overtaken' }
  | { readonly kind: 'applied' | 'dropped'; readonly asked: SpaceSync }

/** What a page's cursor changes of its space; `untold` if nothing there can hold it. */
function movedBy(
  cursor: Cursor,
  stored: SpaceSync,
  asked: SpaceSync,
): Pick<SpaceSync, 'reached'> | Pick<SpaceSync, 'cursor'> | 'untold' {
  // The log went no further than was known when it was asked, and whoever moved the cursor knew that, too.
  if (cursor === asked.cursor) return {}
  if (isSamePoint(stored, asked)) return { cursor }
  // Asked with what is noted, it knows at least as much.
  return stored.reached === undefined || stored.reached === asked.cursor ? { reached: cursor } : 'untold'
}

function pathOf({ projectId, cursor }: SpaceSync, conversationId: string, before: string | null): string {
  const query = new URLSearchParams({ projectId, cursor, limit: String(PAGE_MESSAGES) })
  if (before !== null) query.set('before', before)
  return `/conversations/${encodeURIComponent(conversationId)}?${query}`
}
