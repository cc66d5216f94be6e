import type { BackoffRecord } from '../../ports/records/sync.ts'
import { type DrainReason, endsWaits } from './drain-reason.ts'

/** The window of the first wait is twice this; each further failure doubles it. */
export const BASE_DELAY_MS = 1_000
/** Longest wait that we choose ourselves. */
export const MAX_DELAY_MS = 5 * 60_000
/** Longest `Retry-After` that is believed. */
export const MAX_RETRY_AFTER_MS = 24 * 60 * 60_000
/** Clocks are nudged by seconds all the time; only a step larger than this says that a stored time is wrong. */
const CLOCK_TOLERANCE_MS = 10_000

export type Failure = {
  readonly reason: BackoffRecord['reason']
  /** From `Retry-After`; null when the server did not say. */
  readonly retryAfterMs: number | null
}

/**
 * The wait after one more failure: `random(0, min(5 min, 1 s · 2^attempt))`, never before the server's `Retry-After`. A floor
 * that is already in force stays in force.
 */
export function nextBackoff(
  previous: BackoffRecord | null,
  failure: Failure,
  now: number,
  randomNumber: number,
): BackoffRecord {
  const attempt = (previous?.attempt ?? 0) + 1
  const delayMs = Math.floor(randomNumber * Math.min(MAX_DELAY_MS, BASE_DELAY_MS * 2 ** attempt))
  const asked =
    failure.retryAfterMs === null ? 0 : now + Math.min(MAX_RETRY_AFTER_MS, Math.max(0, failure.retryAfterMs))
  const floor = Math.max(asked, floorInForce(previous, now) ?? 0)
  const retryAfterUntil = floor > now ? floor : null
  return {
    attempt,
    setAt: now,
    reason: failure.reason,
    retryAfterUntil,
    nextAttemptAt: Math.max(now + delayMs, floor),
  }
}

/** What is left of a wait after a success: nothing but a `Retry-After` that time has not ended yet. */
export function backoffAfterSuccess(previous: BackoffRecord | null, now: number): BackoffRecord | null {
  const floor = floorInForce(previous, now)
  if (previous === null || floor === null) return null
  return { attempt: 0, setAt: now, reason: previous.reason, retryAfterUntil: floor, nextAttemptAt: floor }
}

/** Whether a wait has ended by time, or was never worth believing because the clock was wrong when it was stored. */
export function isWaitOver(backoff: BackoffRecord, now: number): boolean {
  if (backoff.setAt > now + CLOCK_TOLERANCE_MS) return true
  const capMs = backoff.retryAfterUntil === null ? MAX_DELAY_MS : MAX_RETRY_AFTER_MS
  if (backoff.nextAttemptAt - backoff.setAt > capMs) return true
  return now >= backoff.nextAttemptAt
}

/** Whether a destination may be asked now, for this reason. Saving something new never shortens a wait. */
export function mayAttempt(backoff: BackoffRecord | null, reason: DrainReason, now: number): boolean {
  if (backoff === null || isWaitOver(backoff, now)) return true
  if (!endsWaits(reason)) return false
  return backoff.reason !== 'rate' && floorInForce(backoff, now) === null
}

/** The `Retry-After` that only time ends, if it is still in force. */
function floorInForce(backoff: BackoffRecord | null, now: number): number | null {
  if (backoff === null || backoff.retryAfterUntil === null || isWaitOver(backoff, now)) return null
  return backoff.retryAfterUntil > now ? backoff.retryAfterUntil : null
}
