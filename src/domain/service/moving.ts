import type { MutationId } from '../ids.ts'
import type { Operation } from '../operation.ts'
import type { Command } from './command.ts'

/** Everything of one conversation, on its way from one database to another. */
export type OperationsOfConversation = {
  readonly conversationId: string
  readonly projectId: string
  readonly operations: readonly Operation[]
  /** Operation id → the command that queued it, for those that the cloud has not shown back. */
  readonly mutationIds?: Readonly<Record<string, MutationId>>
}

export type OperationsPage = {
  readonly conversations: readonly OperationsOfConversation[]
  readonly next: string | null
}

export type AbsorbOperations = Command & { readonly conversations: readonly OperationsOfConversation[] }
