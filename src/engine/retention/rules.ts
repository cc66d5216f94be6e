import type { Head } from '../../domain/merge.ts'
import { DAY_MS, type RetentionPolicy } from '../../domain/retention.ts'
import type { ConversationRecord } from '../../ports/records/conversation.ts'

/** What the rules of its project want of a conversation. */
export type Wish = 'archive' | 'trash' | null

/**
 * What is due for a conversation that is not in the trash. Its time counts from its newest message, or from when a person last took it
 * out of archive or trash. Pure.
 */
export function wishFor(record: ConversationRecord, policy: RetentionPolicy, now: number): Wish {
  if (record.shelf !== 'open' && record.shelf !== 'archived') return null
  const since = Math.max(
    record.lastMessageAt,
    ...decidedAt(record.registers.archived, false),
    ...decidedAt(record.registers.trashed, null),
  )
  if (isOver(since, policy.trashAfterDays, now)) return 'trash'
  return record.shelf === 'open' && isOver(since, policy.archiveAfterDays, now) ? 'archive' : null
}

export function isOver(since: number, days: number | null | undefined, now: number): boolean {
  return days !== null && days !== undefined && now - since >= days * DAY_MS
}

const decidedAt = (heads: readonly Head[] | undefined, value: unknown): readonly number[] =>
  (heads ?? []).filter((head) => head.value === value).map((head) => head.stamp)
