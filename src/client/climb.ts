import type { Cancel, Clock } from '../ports/clock.ts'
import type { PageEvents } from './page-events.ts'

const FIRST_WAIT_MS = 30_000
/** In memory nothing that is saved survives the page: there is no time to lose. */
const FIRST_WAIT_IN_MEMORY_MS = 2_000
const MAX_WAIT_MS = 600_000
const MAX_WAIT_IN_MEMORY_MS = 30_000

/**
 * Tries better rungs again while the client stands on a lesser one: by itself, and sooner when the page comes back into view or online.
 * Each failure doubles the wait before the next try.
 */
export function climbWhenBack(parts: {
  readonly clock: Clock
  readonly pageEvents: PageEvents
  readonly canClimb: () => boolean
  /** Whether the rung at hand is memory. */
  readonly isInMemory: () => boolean
  /** Rejects when no better rung could be reached. */
  readonly climb: () => Promise<void>
}) {
  const { clock, pageEvents, canClimb, isInMemory, climb } = parts
  const firstWaitMs = () => (isInMemory() ? FIRST_WAIT_IN_MEMORY_MS : FIRST_WAIT_MS)
  let waitMs = firstWaitMs()
  let lastTryAt = clock.now()
  let isTrying = false
  let cancelTimer: Cancel = () => {}
  let isOver = false

  const stopListening = pageEvents.listen((event) => {
    const isBack = event === 'visible' || event === 'online' || event === 'pageshow' || event === 'focus'
    if (isBack) void tryToClimb()
  })

  async function tryToClimb(): Promise<void> {
    const waitedMs = Math.abs(clock.now() - lastTryAt)
    if (isTrying || waitedMs < waitMs || !canClimb()) return
    isTrying = true
    const reached = await climb().then(
      () => true,
      () => false, // The rung at hand works on; the status keeps the reason why it is not a better one.
    )
    waitMs = reached
      ? firstWaitMs()
      : Math.min(waitMs * 2, isInMemory() ? MAX_WAIT_IN_MEMORY_MS : MAX_WAIT_MS)
    lastTryAt = clock.now()
    isTrying = false
    arm()
  }

  function arm(): void {
    cancelTimer()
    if (!isOver && canClimb()) cancelTimer = clock.setTimer(() => void tryToClimb(), waitMs)
  }

  arm()
  return {
    /** The client went over to another rung. */
    moved(): void {
      if (isTrying) return // What comes of it is looked at when the try is over.
      waitMs = Math.min(waitMs, firstWaitMs())
      lastTryAt = clock.now()
      arm()
    },
    stop(): void {
      isOver = true
      stopListening()
      cancelTimer()
    },
  }
}
