import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { WakeReason } from '../../../../src/domain/sync-status.ts'
import {
  backoffAfterSuccess,
  isWaitOver,
  MAX_DELAY_MS,
  MAX_RETRY_AFTER_MS,
  mayAttempt,
  nextBackoff,
} from '../../../../src/engine/sync/backoff.ts'
import type { BackoffRecord } from '../../../../src/ports/records/sync.ts'

const NOW = Date.UTC(2026, 0, 1)
const HOUR_MS = 3_600_000
const network = { reason: 'network', retryAfterMs: null } as const

/** The waits of failures in a row, with a random number that is always the same. */
function waits(count: number, randomNumber: number): number[] {
  let backoff: BackoffRecord | null = null
  return Array.from({ length: count }, () => {
    backoff = nextBackoff(backoff, network, NOW, randomNumber)
    return backoff.nextAttemptAt - NOW
  })
}

test('waits are full jitter below a window that doubles from two seconds to five minutes', () => {
  expect(waits(10, 0.5)).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 150, 150].map((s) => s * 1_000))
  expect(waits(2_000, 0)).toEqual(Array.from({ length: 2_000 }, () => 0))
  const property = fc.property(
    fc.integer({ min: 1, max: 1_100 }),
    fc.double({ min: 0, max: 0.999, noNaN: true }),
    (failures, x) => {
      const wait = waits(failures, x).at(-1) ?? -1
      expect(wait).toBe(Math.floor(x * Math.min(MAX_DELAY_MS, 1_000 * 2 ** failures)))
    },
  )
  fc.assert(property, { numRuns: 50 })
})

test('Retry-After is a floor under the wait, at most a day', () => {
  const asked = nextBackoff(null, { reason: 'rate', retryAfterMs: 120_000 }, NOW, 0.5)
  expect(asked).toMatchObject({ nextAttemptAt: NOW + 120_000, retryAfterUntil: NOW + 120_000 })
  const week = nextBackoff(null, { reason: 'server', retryAfterMs: 7 * 24 * HOUR_MS }, NOW, 0.5)
  expect(week.nextAttemptAt).toBe(NOW + MAX_RETRY_AFTER_MS)
})

test('neither a success nor another error lowers a Retry-After', () => {
  const asked = nextBackoff(null, { reason: 'rate', retryAfterMs: HOUR_MS }, NOW, 0.5)
  const failed = nextBackoff(asked, network, NOW + 1_000, 0.5)
  expect(failed.nextAttemptAt).toBe(NOW + HOUR_MS)
  const shorter = nextBackoff(asked, { reason: 'rate', retryAfterMs: 1_000 }, NOW + 1_000, 0.5)
  expect(shorter.nextAttemptAt).toBe(NOW + HOUR_MS)
  expect(backoffAfterSuccess(asked, NOW + 1_000)).toMatchObject({ attempt: 0, nextAttemptAt: NOW + HOUR_MS })
  expect(backoffAfterSuccess(asked, NOW + HOUR_MS)).toBeNull()
  expect(backoffAfterSuccess(failed, NOW + 2 * HOUR_MS)).toBeNull()
})

test('going online or asking by hand ends a wait for the network or after a 5xx, and nothing else does', () => {
  const wait = (reason: BackoffRecord['reason']) =>
    nextBackoff(null, { reason, retryAfterMs: null }, NOW, 0.9)
  const reasons: WakeReason[] = [
    'save',
    'timer',
    'focus',
    'pageshow',
    'visible',
    'poke',
    'activate',
    'start',
    'signed-in',
  ]
  for (const reason of reasons)
    expect([reason, mayAttempt(wait('network'), reason, NOW)]).toEqual([reason, false])
  for (const reason of ['online', 'sync', 'sync-now'] as const) {
    expect(mayAttempt(wait('network'), reason, NOW)).toBe(true)
    expect(mayAttempt(wait('server'), reason, NOW)).toBe(true)
    expect(mayAttempt(wait('rate'), reason, NOW)).toBe(false)
    const asked = nextBackoff(null, { reason: 'server', retryAfterMs: 60_000 }, NOW, 0.5)
    expect(mayAttempt(asked, reason, NOW + 59_999)).toBe(false)
    expect(mayAttempt(asked, reason, NOW + 60_000)).toBe(true)
  }
})

test('a wait ends at its time, for every reason', () => {
  const backoff = nextBackoff(null, network, NOW, 0.5)
  expect(mayAttempt(backoff, 'save', backoff.nextAttemptAt - 1)).toBe(false)
  expect(mayAttempt(backoff, 'save', backoff.nextAttemptAt)).toBe(true)
  expect(mayAttempt(null, 'save', NOW)).toBe(true)
})

test('a wait that a wrong clock set is over', () => {
  const future = nextBackoff(null, { reason: 'rate', retryAfterMs: HOUR_MS }, NOW + 365 * 24 * HOUR_MS, 0.5)
  expect(isWaitOver(future, NOW)).toBe(true)
  const nudged = nextBackoff(null, { reason: 'rate', retryAfterMs: HOUR_MS }, NOW + 2_000, 0.5)
  expect(isWaitOver(nudged, NOW)).toBe(false)
  expect(isWaitOver({ ...nudged, nextAttemptAt: NOW + 365 * 24 * HOUR_MS }, NOW + 3_000)).toBe(true)
  const tooLong = {
    attempt: 1,
    setAt: NOW,
    reason: 'network',
    retryAfterUntil: null,
    nextAttemptAt: NOW + HOUR_MS,
  } as const
  expect(isWaitOver(tooLong, NOW + 1)).toBe(true)
})
