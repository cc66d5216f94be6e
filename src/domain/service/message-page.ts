import type { ChatMessage, MessageStatus } from '../message.ts'

/** A stored message as a page gets it: the app's message, verbatim, and our envelope beside it. */
export type StoredMessage = {
  /** Its id in the tree. Differs from `message.id` only where the app repeated an id (an edited question). */
  readonly id: string
  readonly message: ChatMessage
  /** The message before it in the tree; null: the first one. */
  readonly parentId: string | null
  /** Its place in the order of the conversation, beside its id. */
  readonly born: number
  /** Milliseconds since 1970 by the author's clock, for people to read. */
  readonly createdAt: number
  readonly status: MessageStatus
  /** The id that the app gave, where it repeated one that was taken. */
  readonly externalId?: string
  readonly model?: { readonly providerId?: string; readonly modelId?: string }
  /** Ids of all children of the same parent in order, this one included; absent when it is the only one. */
  readonly siblings?: readonly string[]
  /** Values of other devices that did not win, newest first; absent without a conflict. */
  readonly others?: readonly ChatMessage[]
  /**
   * Of `siblings` those that were written apart, by somebody who did not know this one, and nobody has chosen a branch since. Absent
   * without any. Choosing either (`selectLeaf`) settles it.
   */
  readonly apart?: readonly string[]
}

export type LoadQuery = {
  readonly conversationId: string
  /** The newest so many of the open branch. Default 50; 0: all of it. */
  readonly limit?: number
  /** Messages before this one: `older` of the page before. */
  readonly before?: { readonly id: string; readonly born: number }
  /** Show the branch that ends here instead of the open one. */
  readonly leafId?: string
}

/** Part of one branch, oldest first. */
export type MessagePage = {
  readonly conversationId: string
  /** Grows with each change of the conversation on this device. */
  readonly revision: number
  readonly messages: readonly StoredMessage[]
  /** The end of the branch: what an append says it saw. */
  readonly leaf: { readonly id: string; readonly born: number } | null
  /** Pass as `before` for the next older page; null at the beginning. */
  readonly older: { readonly id: string; readonly born: number } | null
  /** The content is not on this device yet, or not all of it, and could not be fetched now. */
  readonly absent?: true
  /** So many messages of the conversation cannot be read on this device: their records are damaged. The others are whole. */
  readonly damaged?: { readonly messageCount: number }
}
