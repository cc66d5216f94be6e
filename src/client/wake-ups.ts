import type { WakeReason } from '../domain/sync-status.ts'
import type { Cancel, Clock } from '../ports/clock.ts'
import type { PageEvents } from './page-events.ts'

/** Saves within this time share one wake-up. */
const SAVE_PAUSE_MS = 50
/** The first reads of a page come before what it queued earlier. */
const START_PAUSE_MS = 250
/** Pokes within this time share one wake-up: a stream begins with one for each project. */
const POKE_PAUSE_MS = 100
/** More projects than this wait for the list of projects to tell of them. */
const MAX_POKED = 1_000
/** A wake-up that failed (the engine was lost) is tried again after this. */
const RETRY_MS = 5_000
/** What is due already waits this long, so that an engine that is always due cannot spin. */
const MIN_DELAY_MS = 100
/** Of several reasons that wait for a running wake-up the first of these is kept: it may end a wait that the others may not. */
const RANK: readonly WakeReason[] = [
  'signed-in',
  'online',
  'pageshow',
  'visible',
  'focus',
  'poke',
  'start',
  'timer',
  'save',
]

export type WakeUps = ReturnType<typeof createWakeUps>

/**
 * Wakes the queue, one wake-up at a time: after saves, when the page comes back or online, when another part asks, and when
 * what is due falls due (the answer of each wake-up arms a timer).
 */
export function createWakeUps(parts: {
  readonly clock: Clock
  readonly pageEvents: PageEvents
  /** `projectIds`: what the cloud poked about since the last wake-up; this device may not know them yet. */
  readonly wake: (
    reason: WakeReason,
    projectIds: readonly string[],
    /** Whether everything is meant, or these projects alone. */
    isEverywhere: boolean,
  ) => Promise<{ readonly dueAt: number | null }>
}) {
  const { clock, pageEvents, wake } = parts
  let running: Promise<void> | undefined
  let waiting: WakeReason | undefined
  let cancelTimer: Cancel = () => {}
  let cancelStart: Cancel = () => {}
  let cancelSave: Cancel | undefined
  let cancelPoke: Cancel | undefined
  let poked = new Set<string>()
  let isPokedAnywhere = false
  let isClosed = false

  const stopListening = pageEvents.listen((event) => {
    if (event === 'online' || event === 'focus' || event === 'pageshow' || event === 'visible')
      void run(event)
  })

  async function run(reason: WakeReason): Promise<void> {
    if (isClosed) return
    if (waiting === undefined || RANK.indexOf(reason) < RANK.indexOf(waiting)) waiting = reason
    while (waiting !== undefined) {
      running ??= runOnce()
      await running
    }
  }

  async function runOnce(): Promise<void> {
    const reason = waiting ?? 'timer'
    waiting = undefined
    cancelTimer()
    const projectIds = poked
    const isEverywhere = reason !== 'poke' || isPokedAnywhere || projectIds.size === 0
    poked = new Set()
    isPokedAnywhere = false
    try {
      const { dueAt } = await wake(reason, [...projectIds], isEverywhere)
      if (dueAt !== null) arm(dueAt - clock.now())
    } catch {
      for (const projectId of projectIds) poked.add(projectId)
      isPokedAnywhere ||= isEverywhere
      arm(RETRY_MS) // The queue is on disk; its own failures are told by `status`.
    } finally {
      running = undefined
    }
  }

  function arm(delayMs: number): void {
    cancelTimer()
    if (!isClosed) cancelTimer = clock.setTimer(() => void run('timer'), Math.max(MIN_DELAY_MS, delayMs))
  }

  return {
    run,
    /** The page has just opened. */
    started(): void {
      cancelStart = clock.setTimer(() => void run('start'), START_PAUSE_MS)
    },
    /** Something was saved that waits for the cloud. */
    saved(): void {
      cancelSave ??= clock.setTimer(() => {
        cancelSave = undefined
        void run('save')
      }, SAVE_PAUSE_MS)
    },
    /** The cloud has something new in that project; `anywhere`: and perhaps in others. */
    poked(projectId: string, { anywhere = false } = {}): void {
      if (poked.size < MAX_POKED) poked.add(projectId)
      isPokedAnywhere ||= anywhere || poked.size === MAX_POKED
      cancelPoke ??= clock.setTimer(() => {
        cancelPoke = undefined
        void run('poke')
      }, POKE_PAUSE_MS)
    },
    /** Resolves when no wake-up runs. */
    idle: async () => running,
    close(): void {
      isClosed = true
      waiting = undefined
      stopListening()
      cancelTimer()
      cancelStart()
      cancelSave?.()
      cancelPoke?.()
    },
  }
}
