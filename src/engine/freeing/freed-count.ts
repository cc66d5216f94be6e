import type { ConversationRecord } from '../../ports/records/conversation.ts'
import type { ReadTransaction, WriteTransaction } from '../../ports/storage.ts'

/** Setting: how many conversations were freed and are still in the cloud only, and when the last of them was. */
const NAME = 'freed'
export type FreedCount = { readonly conversationCount: number; readonly at: number }

export async function readFreedCount(tx: ReadTransaction): Promise<FreedCount | undefined> {
  const stored = (await tx.get('settings', NAME))?.value as FreedCount | undefined
  return stored === undefined || stored.conversationCount <= 0 ? undefined : stored
}

/** In the transaction that freed or filled them, so that the count is right whatever dies. Answers whether it changed. */
export async function countFreed(
  tx: WriteTransaction,
  changes: readonly { readonly before: ConversationRecord | undefined; readonly after: ConversationRecord }[],
  now: number,
): Promise<boolean> {
  let difference = 0
  let isMore = false
  for (const { before, after } of changes) {
    const change = isFreed(after) - isFreed(before)
    difference += change
    if (change > 0) isMore = true
  }
  if (difference === 0 && !isMore) return false
  const known = (await tx.get('settings', NAME))?.value as FreedCount | undefined
  const conversationCount = Math.max(0, (known?.conversationCount ?? 0) + difference)
  const value: FreedCount = { conversationCount, at: isMore ? now : (known?.at ?? now) }
  await tx.put('settings', { name: NAME, value })
  return true
}

const isFreed = (record: ConversationRecord | undefined): number =>
  record?.absent !== undefined && record.lacking !== undefined ? 1 : 0
