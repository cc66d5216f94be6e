import type { ChatMessage } from '../message.ts'
import type { Command } from './command.ts'
import type { MessageInput } from './message-commands.ts'

/** A checkpoint of a growing answer. The first one fixes its place; each renews the owner's lease of 15 s. */
export type CheckpointDraft = {
  readonly projectId: string
  readonly conversationId: string
  readonly attemptId: string
  /** Boot id of the writer. */
  readonly owner: string
  readonly message: ChatMessage
  /** The question that it answers. */
  readonly after?: { readonly id: string; readonly born: number } | null
  /** Another answer to a question that has one (a regenerate): branches there on purpose. */
  readonly fork?: boolean
  /** What the first checkpoint of this attempt answered. */
  readonly life?: string
}

export type CheckpointResult = {
  readonly outcome: 'kept' | 'stop' | 'lost-ownership'
  /** Which life of the database keeps the draft: one that was deleted and made again has another. Absent with `lost-ownership`. */
  readonly life?: string
}

/** Draft to message in one transaction: deletes the draft and writes the operation. */
export type FinishDraft = Command & {
  readonly projectId: string
  readonly conversationId: string
  readonly attemptId: string
  readonly owner: string
  readonly message: MessageInput
  readonly after?: { readonly id: string; readonly born: number } | null
  readonly fork?: boolean
  /** What the first checkpoint of this attempt answered. */
  readonly life?: string
}

export type StopDraft = { readonly conversationId: string; readonly messageId: string }

export type ComposerDraft = {
  readonly projectId: string
  readonly conversationId: string
  readonly text: string
}
