import { ChatkeepError } from '../../domain/errors.ts'
import type { ConversationRecord } from '../../ports/records/conversation.ts'

/** Whether values that cannot be read here may still come from the cloud. */
export const isAwaited = (damaged: ConversationRecord['damaged']): boolean =>
  damaged !== undefined && damaged.settled !== true

/** Whoever gets this has the conversation looked at, record by record, and tries again. */
export function damagedRecord(conversationId: string): ChatkeepError {
  return new ChatkeepError(
    'storage/corrupt',
    `The record of ${conversationId} is damaged. Its messages are safe; its record is made anew from them.`,
    { details: { conversationId } },
  )
}

/** What was asked for lies in a damaged record. `before`: where what is older goes on; absent: nothing is older. */
export function unreadable(
  { id, damaged }: { readonly id: string; readonly damaged?: ConversationRecord['damaged'] | undefined },
  before?: { readonly id: string; readonly born: number },
): ChatkeepError {
  const messageCount = damaged?.messageCount ?? 0
  const what = `${messageCount} messages of this conversation cannot be read on this device: their records are damaged.`
  const remedy = isAwaited(damaged)
    ? 'They are fetched again from the cloud as soon as it can be asked; open the conversation again then.'
    : 'The cloud does not have them either; what is left of the records is kept.'
  return new ChatkeepError(
    'storage/corrupt',
    `${what} All other messages are safe, and can be read and exported. ${remedy}`,
    {
      retryable: isAwaited(damaged),
      details: { conversationId: id, messageCount, ...(before === undefined ? {} : { before }) },
    },
  )
}

/** Whoever gets this has the outbox looked at, row by row, and tries again. */
export function damagedRow(): ChatkeepError {
  return new ChatkeepError(
    'storage/corrupt',
    'A change that waits for the cloud cannot be read in its queue. It is safe in its conversation, and is queued again from there.',
    { retryable: true },
  )
}
