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

/** These end a wait for the network or after a 5xx: there is a network again, or somebody asks for it. */
const ENDS_WAITS: ReadonlySet<DrainReason> = new Set(['online', 'sync', 'sync-now'])

export const endsWaits = (reason: DrainReason): boolean => ENDS_WAITS.has(reason)
