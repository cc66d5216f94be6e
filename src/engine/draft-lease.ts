import type { DraftRecord } from '../ports/records/draft.ts'

/** A draft belongs to its writer for this long after each checkpoint. */
export const LEASE_MS = 15_000

/** A lease is over when its time has come, or when it lies further ahead than any lease can: the clock was wrong. */
export function isLapsed(draft: DraftRecord, now: number): boolean {
  return draft.kind === 'answer' && (draft.leaseUntil < now || draft.leaseUntil > now + LEASE_MS)
}
