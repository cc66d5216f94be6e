/** What happens to conversations of one project by themselves, in whole days; null or absent: nothing. Pinned ones are left alone. */
export type RetentionPolicy = {
  /** Archives what had no new message for so long. */
  readonly archiveAfterDays?: number | null
  /** Moves to the trash what had no new message for so long. */
  readonly trashAfterDays?: number | null
  /** Deletes for ever what has been in the trash for so long. */
  readonly purgeAfterDays?: number | null
}

/**
 * `running`: the rules are followed. `clock-unknown`: the cloud has not told its time lately. `clock-wrong`: this device's clock differs
 * from the cloud's by more than ten minutes. `suspended`: the clock jumped by more than two days; a person has to confirm. `asking`: more
 * conversations would go to the trash than may without being asked for; a person has to confirm.
 */
export type AutomationState = 'running' | 'clock-unknown' | 'clock-wrong' | 'suspended' | 'asking'

/** Where retention stands; absent from the status while no project has a rule. */
export type AutomationStatus = {
  readonly state: AutomationState
  /** Conversations that go to the trash once a person confirms. */
  readonly waitingCount: number
  /** When the rules were last followed; null: not yet. */
  readonly lastRunAt: number | null
}

export const DAY_MS = 24 * 60 * 60 * 1000
/** Clocks that differ by more are not acted by. */
export const MAX_CLOCK_DISAGREEMENT_MS = 10 * 60 * 1000
/** Without a cloud, a jump of the local clock by more suspends automation. */
export const MAX_CLOCK_JUMP_MS = 2 * DAY_MS
/** Trashed in 24 hours without asking: at most so many, and at most this part of all conversations, but one at least. */
export const MAX_TRASHED_A_DAY = 100
export const MAX_TRASHED_PART = 0.1

export const trashAllowance = (conversationCount: number): number =>
  Math.min(MAX_TRASHED_A_DAY, Math.max(1, Math.floor(conversationCount * MAX_TRASHED_PART)))

export function hasRule(policy: RetentionPolicy): boolean {
  return [policy.archiveAfterDays, policy.trashAfterDays, policy.purgeAfterDays].some(
    (days) => days !== undefined && days !== null,
  )
}
