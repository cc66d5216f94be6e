import type { ChatkeepError } from '../../domain/errors.ts'
import type { StoredMessage } from '../../domain/service/message-page.ts'
import type { AnyMessage, ChatStatus } from './chat-driver.ts'

/**
 * A question without an answer, with what is known of the reason. `offline`: no server was reached. `error`: the server
 * refused or failed. `stopped`: before anything came. `unknown`: found so in the store, for example after a reload.
 */
export type Unanswered = {
  readonly messageId: string
  readonly reason: 'offline' | 'error' | 'stopped' | 'unknown'
}

/** One chat as components see it; a new object after each change. */
export type ChatSessionState<M> = {
  readonly messages: readonly M[]
  readonly status: ChatStatus
  /** Of the last request, of saving, or of reading, in this order. */
  readonly error: Error | undefined
  /** Why the last write failed; what was to be written is still in memory. */
  readonly saveError: ChatkeepError | null
  /** Until the stored messages are there (or could not be read). */
  readonly isRestoring: boolean
  readonly restoreError: ChatkeepError | null
  /** chatkeep's envelope of stored messages by the message's id: status, time, siblings, model. */
  readonly envelopesById: ReadonlyMap<string, StoredMessage>
  readonly hasOlder: boolean
  readonly unanswered: Unanswered | null
  /** True while another tab or device of this browser writes the answer at the end. */
  readonly isAnsweredElsewhere: boolean
}

export function findUnanswered(
  messages: readonly AnyMessage[],
  isBusy: boolean,
  failure: Unanswered | null,
): Unanswered | null {
  const last = messages.at(-1)
  if (isBusy || last?.role !== 'user') return null
  return failure?.messageId === last.id ? failure : { messageId: last.id, reason: 'unknown' }
}
