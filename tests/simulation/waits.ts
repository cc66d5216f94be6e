import type { NetworkRequest, NetworkResponse } from '../../src/ports/network.ts'
import type { BackoffRecord, SyncRecord } from '../../src/ports/records/sync.ts'
import type { Store } from './store.ts'
import type { World } from './world.ts'

/** Longest waits that are believed, and how much a clock may be nudged. */
const CAP_MS = 5 * 60_000
const CAP_ASKED_MS = 24 * 60 * 60_000
const NUDGE_MS = 10_000
const LONGEST_WRITE_MS = 200
/** Its slice, and the deadline of the last request that it waits for. */
const LONGEST_DRAIN_MS = 300_000

/** What one disk says of a destination's waits, and what the destination asked for. */
export type Wait = {
  readonly backoff: BackoffRecord | null
  /** When the record was committed, by the true clock. */
  readonly since: number
  /** Its end has been seen: a clock that is set back does not begin it anew. */
  readonly isOver: boolean
  /** A `Retry-After` that was heard, by the device's clock; in force from the commit that followed. */
  readonly floor: { readonly setAt: number; readonly until: number; readonly isInForce: boolean } | null
}
export type Waits = Map<string, Wait>

/** Names the destination of a request: the database of its account, and the project. */
export function destinationOf({ headers, path, body }: NetworkRequest): string {
  const database = `chats:account-${headers?.['X-Chatkeep-Account'] ?? ''}`
  if (path === '/projects') return `${database} directory`
  const projectId =
    body === undefined
      ? new URLSearchParams(path.split('?')[1]).get('projectId')
      : /^\{"projectId":"([^"]*)"/.exec(body)?.[1]
  return `${database} s:${projectId ?? ''}`
}

export function noteRecord(
  waits: Waits,
  database: string,
  record: SyncRecord,
  now: number,
  world: World,
): void {
  if (record.kind !== 'space') return
  const key = `${database} ${record.key}`
  const known = waits.get(key)
  // The wait that this answer led to begins when it was heard and has a floor; one without is that of another context. If it was
  // never written, nothing is known of it.
  const delayMs = (record.backoff?.setAt ?? Number.NaN) - (known?.floor?.setAt ?? 0)
  const isItsWait = delayMs >= 0 && delayMs < LONGEST_WRITE_MS && record.backoff?.retryAfterUntil !== null
  const isOver = known?.floor != null && (now >= known.floor.until || known.floor.setAt > now + NUDGE_MS)
  const floor =
    known?.floor == null || isOver || !(known.floor.isInForce || isItsWait)
      ? null
      : { ...known.floor, isInForce: true }
  const isSame = JSON.stringify(known?.backoff ?? null) === JSON.stringify(record.backoff)
  waits.set(key, {
    backoff: record.backoff,
    since: isSame ? (known?.since ?? world.now()) : world.now(),
    isOver: isSame && known?.isOver === true,
    floor,
  })
}

export function noteAnswer(
  waits: Waits,
  request: NetworkRequest,
  response: NetworkResponse,
  now: number,
): void {
  const asked = response.headers['retry-after']
  if (asked === undefined) return
  const key = destinationOf(request)
  const known = waits.get(key) ?? { backoff: null, since: 0, isOver: false, floor: null }
  const until = now + Math.min(CAP_ASKED_MS, Number(asked) * 1_000)
  waits.set(key, { ...known, floor: { setAt: now, until, isInForce: false } })
}

/** A request leaves: no wait of its destination may be in force, unless something ended it that may. */
export function checkWait(
  world: World,
  sender: string,
  { memory: { waits }, shortenedAt, openedAt }: Store,
  request: NetworkRequest,
  now: number,
): void {
  const key = destinationOf(request)
  const wait = waits.get(key)
  if (wait === undefined) return
  const { floor, backoff } = wait
  const isFloorInForce =
    floor?.isInForce === true &&
    now < floor.until &&
    floor.setAt <= now + NUDGE_MS &&
    floor.until - floor.setAt <= CAP_ASKED_MS
  if (isFloorInForce)
    world.fail(
      'only time ends a Retry-After',
      `${sender} asks ${request.path} ${floor.until - now} ms before it may`,
    )
  if (backoff === null || wait.isOver || backoff.setAt > now + NUDGE_MS) return
  if (now >= backoff.nextAttemptAt) {
    waits.set(key, { ...wait, isOver: true })
    return
  }
  const capMs = backoff.retryAfterUntil === null ? CAP_MS : CAP_ASKED_MS
  if (backoff.nextAttemptAt - backoff.setAt > capMs) return
  // What came while a drain ran sends it round once more, also when its wait began after that.
  if (backoff.reason !== 'rate' && shortenedAt >= wait.since - LONGEST_DRAIN_MS) return
  const isOpening = request.path.startsWith('/conversations/') && openedAt >= world.now() - LONGEST_DRAIN_MS
  if (backoff.reason !== 'rate' && isOpening) return
  world.fail(
    'a save never shortens a wait',
    `${sender} asks ${request.path} ${backoff.nextAttemptAt - now} ms before its wait ends`,
  )
}
