import type { ChatMessage, MessageStatus } from '../message.ts'
import type { Command } from './command.ts'

/** A message to write and what is known of it beside its content. */
export type MessageInput = {
  readonly message: ChatMessage
  /** Default `complete`. */
  readonly status?: MessageStatus
  /** Milliseconds since 1970. Default: now. */
  readonly createdAt?: number
  readonly model?: { readonly providerId?: string; readonly modelId?: string }
  readonly externalId?: string
}

/** Appends in order, each the child of the one before; the first attaches to the newest descendant of `after`. */
export type AppendMessages = Command & {
  readonly projectId: string
  readonly conversationId: string
  readonly messages: readonly MessageInput[]
  /** The leaf that the page saw; null: it saw an empty conversation. Absent: the open leaf, whatever it is. */
  readonly after?: { readonly id: string; readonly born: number } | null
  /** Branch here on purpose instead of following newer descendants. */
  readonly fork?: boolean
}

/**
 * The list that an app shows, as it is now: known ids are updated where their content changed, new ones are appended after
 * their neighbour in the list. What the list lacks is kept. A list that leaves the stored branch (an edit or regenerate
 * shortened it) becomes a branch of its own.
 */
export type SaveMessages = Command & {
  readonly projectId: string
  readonly conversationId: string
  readonly messages: readonly MessageInput[]
  /**
   * Ids of those that are new or were changed here: the others only say where these stand, and are not written, however old what the list has of
   * them is. Default: all.
   */
  readonly changed?: readonly string[]
}

export type EditMessage = Command & {
  readonly conversationId: string
  /** The message's id in the tree (`StoredMessage.id`), where it differs from the app's. Default: `message.message.id`. */
  readonly messageId?: string
  readonly message: MessageInput
}

export type RemoveMessage = Command & {
  readonly conversationId: string
  readonly messageId: string
  /** Also purges every value that it had; only its place in the tree is kept. */
  readonly forever?: boolean
}

export type SelectLeaf = Command & { readonly conversationId: string; readonly messageId: string }
