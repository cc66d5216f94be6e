import type { ListedConversation } from './listed-conversation.ts'

export type DayGroup = 'pinned' | 'today' | 'yesterday' | 'lastWeek' | 'older'
const ORDER: readonly DayGroup[] = ['pinned', 'today', 'yesterday', 'lastWeek', 'older']

/** Conversations under the headings of the list, in the order they came. Days are the reader's calendar days. */
export function groupByDay(
  conversations: readonly ListedConversation[],
  now: number,
): readonly { readonly group: DayGroup; readonly conversations: readonly ListedConversation[] }[] {
  const today = startOfDay(now, 0)
  const yesterday = startOfDay(now, -1)
  const lastWeek = startOfDay(now, -7)
  const groupOf = ({ pinned, updatedAt }: ListedConversation): DayGroup => {
    if (pinned) return 'pinned'
    if (updatedAt >= today) return 'today'
    if (updatedAt >= yesterday) return 'yesterday'
    return updatedAt >= lastWeek ? 'lastWeek' : 'older'
  }
  const byGroup = Map.groupBy(conversations, groupOf)
  return ORDER.flatMap((group) => {
    const found = byGroup.get(group)
    return found === undefined ? [] : [{ group, conversations: found }]
  })
}

function startOfDay(now: number, days: number): number {
  const date = new Date(now)
  return new Date(date.getFullYear(), date.getMonth(), date.getDate() + days).getTime()
}
