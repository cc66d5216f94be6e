import type { SpaceSync } from '../../src/ports/records/sync.ts'
import type { Stage } from './stage.ts'

/** Longest that anything under way can take: a late delivery, the longest `Retry-After` that is believed. */
const AFTERMATH_MS = 25 * 60 * 60_000
const LONGEST_ASKED_MS = 24 * 60 * 60_000

/**
 * Nobody does anything until nothing is under way any more. A clock that was set back while its browser was closed prolongs a wait by as
 * much: when the browser comes back, the wait was set in the past by that clock and is no longer than its cap, and then only time ends
 * it (protocol.md, 4.5). It is believed for its length at most, since clocks are right from now on; a wait that is set in the future or is
 * longer than its cap is not waited for: the engine may not believe it.
 */
export async function outlast({ world, devices }: Pick<Stage, 'world' | 'devices'>): Promise<void> {
  await world.runUntil(world.now() + AFTERMATH_MS)
  for (;;) {
    const rests = devices.flatMap(({ browser }) =>
      [...browser.storage.snapshot().values()].flatMap((tables) =>
        (tables.sync_metadata.scan({}) as SpaceSync[]).map((record) =>
          restOf(record, world.now() + browser.clockOffset),
        ),
      ),
    )
    const longestMs = Math.max(0, ...rests)
    if (longestMs === 0) return
    await world.runUntil(world.now() + longestMs)
  }
}

function restOf({ backoff }: Partial<SpaceSync>, now: number): number {
  if (backoff?.retryAfterUntil == null || backoff.setAt > now) return 0
  if (backoff.nextAttemptAt - backoff.setAt > LONGEST_ASKED_MS) return 0
  return Math.max(0, backoff.nextAttemptAt - now)
}
