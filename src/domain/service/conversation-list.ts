import type { ConversationMetadata, Shelf } from '../conversation.ts'

export type ListQuery = {
  readonly projectId: string
  /** Default: pinned, then open. */
  readonly shelves?: readonly Shelf[]
  /** Default 50, at most 500. */
  readonly limit?: number
  /** `next` of the page before. */
  readonly after?: ListPosition
}

export type ListPosition = { readonly shelf: Shelf; readonly lastMessageAt: number; readonly id: string }

export type ListedConversation = ConversationMetadata & {
  readonly revision: number
  /** Known from the cloud's list; its content is not on this device yet. Opening it fetches it. */
  readonly absent?: true
  /** So many of its messages cannot be read on this device: their records are damaged. */
  readonly damaged?: { readonly messageCount: number }
}

/** Newest first within each shelf. */
export type ConversationPage = {
  readonly conversations: readonly ListedConversation[]
  readonly next: ListPosition | null
}
