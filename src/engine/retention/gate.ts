import type { OperationId } from '../../domain/ids.ts'
import {
  type AutomationState,
  DAY_MS,
  MAX_CLOCK_DISAGREEMENT_MS,
  MAX_CLOCK_JUMP_MS,
} from '../../domain/retention.ts'

/** What is known of the cloud's time: by its `Date`, when it last answered. */
export type CloudTime =
  | { readonly kind: 'no-cloud' }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'known'; readonly cloudMs: number; readonly localMs: number }

/** What automation remembers in the database, under `automation` in `settings`. */
export type Memory = {
  /** Without a cloud: the local time when it last looked. Stands still while it is suspended. */
  readonly recordedAt: number | null
  readonly suspended: boolean
  /** Without a cloud: when it first saw each conversation in the trash, and by which operations it was there. */
  readonly seenInTrash: Readonly<
    Record<string, { readonly heads: readonly OperationId[]; readonly at: number }>
  >
  /** Times at which it moved conversations to the trash, of the last 24 h. */
  readonly trashedAt: readonly number[]
  /** Conversations that a person allowed to go beyond the daily limit. */
  readonly allowed: number
  readonly waitingCount: number
  readonly lastRunAt: number | null
  readonly state: AutomationState
}

export const NOTHING_REMEMBERED: Memory = {
  recordedAt: null,
  suspended: false,
  seenInTrash: {},
  trashedAt: [],
  allowed: 0,
  waitingCount: 0,
  lastRunAt: null,
  state: 'clock-unknown',
}

/** An answer of the cloud tells its time for this long. */
const FRESH_MS = 5 * 60 * 1000

export type Gate = {
  readonly isOpen: boolean
  readonly memory: Memory
  /** The time to count by: the cloud's where there is one. */
  readonly now: number
}

/** Whether automation may act now, by the clocks. Pure. */
export function openGate(memory: Memory, time: CloudTime, localNow: number): Gate {
  const closed = (state: AutomationState, change: Partial<Memory> = {}): Gate => ({
    isOpen: false,
    memory: { ...memory, ...change, state },
    now: localNow,
  })
  const open = (now: number, change: Partial<Memory> = {}): Gate => ({
    isOpen: true,
    memory: { ...memory, ...change, state: 'running' },
    now,
  })
  if (time.kind === 'known') {
    const sinceAnswer = localNow - time.localMs
    if (sinceAnswer < 0 || sinceAnswer > FRESH_MS) return closed('clock-unknown')
    if (Math.abs(time.cloudMs - time.localMs) > MAX_CLOCK_DISAGREEMENT_MS) return closed('clock-wrong')
    return open(time.cloudMs + sinceAnswer)
  }
  if (time.kind === 'unknown') return closed('clock-unknown')
  if (memory.suspended) return closed('suspended')
  const jump = memory.recordedAt === null ? 0 : Math.abs(localNow - memory.recordedAt)
  if (jump > MAX_CLOCK_JUMP_MS) return closed('suspended', { suspended: true })
  return open(localNow, { recordedAt: localNow })
}

/** A person looked and agrees: the clock is right, and what waits may go. Every trash period starts anew. */
export function confirm(memory: Memory, localNow: number): Memory {
  return {
    ...memory,
    recordedAt: localNow,
    suspended: false,
    seenInTrash: {},
    allowed: memory.allowed + memory.waitingCount,
    waitingCount: 0,
    state: 'running',
  }
}

/** How many more may be trashed without asking, and the times that still count. */
export function trashBudget(memory: Memory, allowance: number, now: number) {
  // A time in the future was written by a wrong clock: it counts until it lies 24 h back.
  const trashedAt = memory.trashedAt.filter((at) => now - at < DAY_MS)
  return { trashedAt, free: Math.max(0, allowance - trashedAt.length) }
}
