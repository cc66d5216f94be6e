import type { OperationId } from '../../domain/ids.ts'
import type { Head } from '../../domain/merge.ts'
import type { MessageValue } from '../../domain/message.ts'

/** One message: its heads, winner first; the first decides what is shown. A message of the tail overrides a packed one by id. */
export type MessageEntry = {
  readonly id: string
  readonly born: number
  readonly parentId: string | null
  readonly heads: readonly Head<MessageValue>[]
}

/** Key: `[conversationId, born, id]`; index `id`: `[conversationId, id]`. */
export type MessageRecord = MessageEntry & {
  readonly conversationId: string
  /** Content of lifted inline files: where in which head, and the hash under which `blobs` holds it. */
  readonly lifted?: readonly LiftedFile[]
  /** A placeholder over a packed copy that stands elsewhere now: hides the packed entry, shows nothing. */
  readonly moved?: true
}

export type LiftedFile = {
  readonly operationId: OperationId
  /** Keys from the message down to the string. */
  readonly path: readonly (string | number)[]
  readonly hash: string
}
