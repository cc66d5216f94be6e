import type { TextRun } from '../text-run.ts'
import type { Command } from './command.ts'
import type { MessageInput } from './message-commands.ts'

/** Whole conversations at once, packed as they are written. A parent precedes its children. */
export type ImportConversations = Command & {
  readonly projectId: string
  readonly conversations: readonly ImportedConversation[]
}

/** The same with the messages as JSON texts: they cross and are packed as they are. */
export type ImportTexts = Command & {
  readonly projectId: string
  readonly conversations: readonly TextConversation[]
  /** On disk only with the next strict transaction, before which nobody may be told that it is. */
  readonly relaxed?: boolean
}

export type TextConversation = Omit<ImportedConversation, 'messages'> & {
  readonly runs: readonly TextRun[]
  /** What is known beside each message, where anything is of any. */
  readonly beside?: readonly BesideMessage[]
}

export type BesideMessage = Omit<MessageInput, 'message'> & { readonly parentId?: string | null }

/** A conversation as it is imported: each message follows the one before it in the list, or its `parentId`. */
export type ImportedConversation = {
  readonly id: string
  readonly title?: string
  readonly tags?: readonly string[]
  readonly archived?: boolean
  readonly messages: readonly (MessageInput & { readonly parentId?: string | null })[]
}
