import type { ConflictChoice, ConflictOutcome } from '../conflict.ts'
import type { OperationId } from '../ids.ts'
import type { Command, CommandResult } from './command.ts'

/** `covers`: the versions that the person had in front of them (`Conflict.covers`). */
export type ResolveConflict = Command & {
  readonly conversationId: string
  readonly register: string
  readonly covers: readonly OperationId[]
  readonly choice: ConflictChoice
}

export type ResolvedConflict = CommandResult & { readonly outcome: ConflictOutcome }
