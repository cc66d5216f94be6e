import { isId } from '../domain/ids.ts'
import type { Clock } from '../ports/clock.ts'
import type { Locks } from '../ports/locks.ts'
import type { Random } from '../ports/random.ts'
import type { PageEvents } from './page-events.ts'

/** Without a stream the cloud is asked this often while the page is visible. */
const POLL_MS = 30_000
/** Heartbeats come more often than this; a stream that is silent for longer is dead. */
const SILENCE_LIMIT_MS = 90_000
const FIRST_RETRY_MS = 1_000
const MAX_RETRY_MS = 60_000
/** A cloud without `/events` is asked again after this. */
const UNSUPPORTED_RETRY_MS = 600_000

export type EventStreamParts = {
  readonly clock: Clock
  readonly random: Random
  readonly locks: Locks
  readonly pageEvents: PageEvents
  /** `events:<database>`: one page of the browser listens for all. */
  readonly lockName: string
  /** Streams to listen to, the best first; the next is for a cloud that does not offer the one before. */
  readonly urls: readonly string[]
  readonly credentials: RequestCredentials
  readonly headers: () => Promise<Record<string, string>>
  /** The cloud has something new in this project; without one, it may have something new anywhere. */
  readonly onPoke: (projectId?: string) => void
  readonly fetch?: typeof fetch
}

type Ending = 'lost' | 'unsupported'

/**
 * Listens for the cloud's pokes while this page is visible, one page at a time:
 *
 *     hidden ─visible─► competing ─lock─► streaming ─lost─► waiting 1 … 60 s, asking every 30 s ─► streaming
 *        ▲                  │                 │  └── not offered: the next stream; after the last one asking every 30 s
 *        └── hidden, freeze, pagehide: the request, the stream and the lock are let go, since they block bfcache
 *
 * Answers the way to end it.
 */
export function listenForPokes(parts: EventStreamParts): () => void {
  const { clock, random, locks, pageEvents, lockName, onPoke } = parts
  let visit: AbortController | undefined
  // Where nobody pokes, the first question is asked at once.
  let pokedAt = parts.urls.length === 0 ? Number.NEGATIVE_INFINITY : clock.now()

  const stopListening = pageEvents.listen((event) => {
    if (event === 'hidden' || event === 'freeze' || event === 'pagehide') leave()
    else if (event === 'visible' || event === 'pageshow') enter()
  })
  if (pageEvents.isVisible()) enter()

  function enter(): void {
    if (visit !== undefined) return
    visit = new AbortController()
    const { signal } = visit
    locks.hold(lockName, { signal }, () => stay(signal)).catch(() => {}) // Let go while waiting for it.
  }

  function leave(): void {
    visit?.abort()
    visit = undefined
  }

  async function stay(signal: AbortSignal): Promise<void> {
    let retryMs = FIRST_RETRY_MS
    let choice = 0
    while (!signal.aborted) {
      const begunAt = clock.now()
      const url = parts.urls[choice]
      const ending = url === undefined ? 'unsupported' : await stream(url, signal)
      if (signal.aborted) return
      if (ending === 'unsupported') choice = (choice + 1) % Math.max(1, parts.urls.length)
      if (ending === 'unsupported' && choice > 0) continue
      const lasted = clock.now() - begunAt > SILENCE_LIMIT_MS
      retryMs = lasted ? FIRST_RETRY_MS : Math.min(retryMs * 2, MAX_RETRY_MS)
      await wait(
        ending === 'unsupported' ? UNSUPPORTED_RETRY_MS : retryMs * (0.5 + random.number() / 2),
        signal,
      )
    }
  }

  /** Waits, asking meanwhile as often as one without a stream should. */
  async function wait(ms: number, signal: AbortSignal): Promise<void> {
    const until = clock.now() + ms
    while (!signal.aborted && clock.now() < until) {
      const untilPollMs = pokedAt + POLL_MS - clock.now()
      if (untilPollMs <= 0) poke()
      else await pause(Math.min(untilPollMs, until - clock.now()), signal)
    }
  }

  function pause(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const cancel = clock.setTimer(end, ms)
      signal.addEventListener('abort', end)
      function end(): void {
        cancel()
        signal.removeEventListener('abort', end)
        resolve()
      }
    })
  }

  async function stream(url: string, signal: AbortSignal): Promise<Ending> {
    const request = new AbortController()
    const abort = () => request.abort()
    signal.addEventListener('abort', abort)
    let cancelSilence = clock.setTimer(abort, SILENCE_LIMIT_MS)
    try {
      const response = await (parts.fetch ?? fetch)(url, {
        headers: { accept: 'text/event-stream', ...(await parts.headers()) },
        credentials: parts.credentials,
        cache: 'no-store',
        signal: request.signal,
      })
      const isStream = response.headers.get('content-type')?.startsWith('text/event-stream') === true
      if (!response.ok) return NOT_OFFERED.has(response.status) ? 'unsupported' : 'lost'
      if (!isStream || response.body === null) return 'unsupported'
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader()
      const hear = createPokeReader(poke)
      for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) {
        cancelSilence()
        cancelSilence = clock.setTimer(abort, SILENCE_LIMIT_MS)
        hear(chunk.value)
      }
      return 'lost'
    } catch {
      return 'lost' // Offline, aborted, or the server closed it: waiting and trying again is all there is to do.
    } finally {
      cancelSilence()
      signal.removeEventListener('abort', abort)
      abort()
    }
  }

  function poke(projectId?: string): void {
    pokedAt = clock.now()
    onPoke(projectId)
  }

  return () => {
    stopListening()
    leave()
  }
}

/** Answers of a cloud that has no such stream: an older one wants to be told the project. */
const NOT_OFFERED: ReadonlySet<number> = new Set([400, 404, 405])
/** A project's id and a cursor fit many times over; what is longer is not ours, and is cut. */
const MAX_LINE_LENGTH = 4_000

/** Reads a stream of events piece by piece and calls back at each poke, with its project where it names one. */
function createPokeReader(onPoke: (projectId?: string) => void): (text: string) => void {
  let line = ''
  let isPoke = false
  let projectId: string | undefined
  return (text) => {
    const lines = (line + text).split(/\r\n|\r|\n/)
    line = (lines.pop() ?? '').slice(0, MAX_LINE_LENGTH)
    for (const each of lines) {
      if (/^event: ?poke$/.test(each)) isPoke = true
      else if (each.startsWith('data:')) projectId = projectOf(each.slice(5))
      if (each !== '') continue
      if (isPoke) onPoke(projectId)
      isPoke = false
      projectId = undefined
    }
  }
}

function projectOf(data: string): string | undefined {
  try {
    const { projectId } = JSON.parse(data) as { readonly projectId?: unknown }
    return isId(projectId) ? projectId : undefined
  } catch {
    return undefined // A poke all the same.
  }
}
