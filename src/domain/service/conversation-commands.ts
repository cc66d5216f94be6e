import type { Command } from './command.ts'

export type CreateConversation = Command & {
  readonly projectId: string
  readonly conversationId: string
  readonly title?: string
  readonly tags?: readonly string[]
}

export type RenameConversation = Command & { readonly conversationId: string; readonly title: string }

export type SetTag = Command & {
  readonly conversationId: string
  readonly tag: string
  readonly present: boolean
}

export type SetFlag = Command & { readonly conversationId: string; readonly value: boolean }
