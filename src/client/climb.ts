import type { Clock } from '../ports/clock.ts'
import type { PageEvents } from './page-events.ts'

const FIRST_WAIT_MS = 30_000
const MAX_WAIT_MS = 600_000

/**
 * Tries better rungs again when the page comes back into view or online; each failure doubles the wait before the next try.
 * Answers the way to end it.
 */
export function climbWhenBack(parts: {
  readonly clock: Clock
  readonly pageEvents: PageEvents
  readonly canClimb: () => boolean
  /** Rejects when no better rung could be reached. */
  readonly climb: () => Promise<void>
}): () => void {
  const { clock, pageEvents, canClimb, climb } = parts
  let waitMs = FIRST_WAIT_MS
  let lastTryAt = clock.now()
  let isTrying = false

  const stop = pageEvents.listen((event) => {
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
    waitMs = reached ? FIRST_WAIT_MS : Math.min(waitMs * 2, MAX_WAIT_MS)
    lastTryAt = clock.now()
    isTrying = false
  }

  return stop
}
