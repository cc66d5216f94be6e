import type { OperationId } from '../../domain/ids.ts'
import type { ChatMessage } from '../../domain/message.ts'

/** A growing answer, or a composer's unsent text. Key: `[conversationId, messageId]`. */
export type DraftRecord = {
  readonly conversationId: string
  readonly messageId: string
  readonly projectId: string
  readonly attemptId: string
  readonly kind: 'answer' | 'composer'
  readonly parentId: string | null
  readonly born: number
  readonly createdAt: number
  readonly message: ChatMessage
  /** Boot id of the one who writes it; empty for a composer. */
  readonly owner: string
  readonly leaseUntil: number
  readonly stop?: true
  /** Its writer began in another life of this database, and may not have seen what is stored of the message. */
  readonly beside?: true
  /** It goes on with a stored message: the versions of it that were there when it began, and that its end takes the place of. */
  readonly seen?: readonly { readonly id: OperationId; readonly stamp: number }[]
}
