import type { OperationId } from './ids.ts'
import type { ChatMessage, MessageStatus } from './message.ts'

/** One of several values that were written without knowing of each other. */
export type ConflictHead = {
  readonly id: OperationId
  /** The one that everybody sees until somebody chooses. */
  readonly isShown: boolean
  /** Null when nobody noted it: the first version of a message, or one of a plain server. */
  readonly device: {
    readonly id: string
    /** In a person's words (`Chrome on Linux`); null when the device had none. */
    readonly name: string | null
    readonly isThis: boolean
  } | null
  /** Milliseconds since 1970 by the writer's clock. */
  readonly writtenAt: number | null
  readonly value:
    | { readonly kind: 'title'; readonly title: string }
    | { readonly kind: 'message'; readonly message: ChatMessage; readonly status: MessageStatus }
    /** Deleted on one device while it was edited on another. */
    | { readonly kind: 'removed' }
}

/** A title or a message that has several values, and waits for a person's choice. */
export type Conflict = {
  readonly conversationId: string
  /** `title` or `message:<id>`. */
  readonly register: string
  /** The message in the tree (`StoredMessage.id`); null for a title. */
  readonly messageId: string | null
  /** The different values: the shown one first, then the others by falling age. At least two. */
  readonly heads: readonly ConflictHead[]
  /** Every version that a choice settles, those included whose value equals one of `heads`. */
  readonly covers: readonly OperationId[]
}

/**
 * `mine`: what this device wrote, or, if it wrote none, what is shown. `theirs`: the newest of the others. `both`: of a message, what is
 * shown stays and each other value becomes a branch beside it; of a title, one text with both. A head: that one. Else a value of one's own.
 */
export type ConflictChoice =
  | 'mine'
  | 'theirs'
  | 'both'
  | { readonly head: OperationId }
  | { readonly title: string }
  | { readonly message: ChatMessage }

/** A conflict with what to do about it. Without a choice the shown value wins. */
export type ConflictRecord = Pick<Conflict, 'conversationId' | 'register' | 'heads' | 'covers'> & {
  readonly choice?: ConflictChoice
}

/** `changed`: meanwhile the conflict was settled, or the chosen value was written over. Nothing was written; look again. */
export type ConflictOutcome = 'resolved' | 'changed'
