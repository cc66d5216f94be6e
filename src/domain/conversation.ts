import { type ChatMessage, messageText, previewOf } from './message.ts'

export const DEFAULT_TITLE = 'New conversation'
/** Characters of a title that a message gives. */
export const TITLE_LENGTH = 60

/** The part of the list that a conversation stands in. Trashed wins over archived, archived over pinned. */
export const SHELVES = ['pinned', 'open', 'archived', 'trashed'] as const
export type Shelf = (typeof SHELVES)[number]

/** What a list shows of a conversation. Times are milliseconds since 1970. */
export type ConversationMetadata = {
  readonly id: string
  readonly projectId: string
  readonly title: string
  /** Messages that are shown somewhere in the tree: removed ones do not count, other branches do. */
  readonly messageCount: number
  /** Beginning of the newest message's text. */
  readonly lastMessage?: string
  readonly createdAt: number
  /** Time of the newest message. */
  readonly updatedAt: number
  /** The three flags are kept apart: which shelf they make, `Shelf` says. */
  readonly archived: boolean
  readonly pinned: boolean
  readonly trashed: boolean
  readonly tags: readonly string[]
}

export function shelfOf(flags: { archived: boolean; pinned: boolean; trashed: boolean }): Shelf {
  if (flags.trashed) return 'trashed'
  if (flags.archived) return 'archived'
  return flags.pinned ? 'pinned' : 'open'
}

/** The title of a conversation nobody named: its first user message, else its first message with text. */
export function titleFromMessages(messages: readonly ChatMessage[]): string {
  const withText = messages.filter((message) => messageText(message).trim() !== '')
  const source = withText.find((message) => message.role === 'user') ?? withText[0]
  return source === undefined ? DEFAULT_TITLE : previewOf(messageText(source), TITLE_LENGTH)
}
