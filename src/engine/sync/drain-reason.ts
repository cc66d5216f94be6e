import type { WakeReason } from '../../domain/sync-status.ts'

/** Why a drain begins: a wake-up, or a person who asked for it. */
export type DrainReason = WakeReason | 'sync-now'

/** Wake-ups that say nothing about what is new: one that comes while a drain is running is answered by that drain. */
const ANSWERED_BY_A_RUNNING_DRAIN: ReadonlySet<DrainReason> = new Set([
  'timer',
  'focus',
  'pageshow',
  'visible',
  'start',
  'activate',
])

export function isAnsweredByRunningDrain(reason: DrainReason): boolean {
  return ANSWERED_BY_A_RUNNING_DRAIN.has(reason)
}
