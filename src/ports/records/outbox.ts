import type { ErrorRecord } from '../../domain/errors.ts'
import type { MutationId } from '../../domain/ids.ts'
import type { Operation } from '../../domain/operation.ts'

export type OutboxState = 'waiting' | 'sent' | 'quarantined'

/** Operations of one mutation on one conversation that the cloud has not shown back to us. Key: `sequence`, autoincrement. */
export type OutboxRecord = {
  readonly sequence?: number
  readonly conversationId: string
  readonly projectId: string
  readonly mutationId: MutationId | ''
  readonly state: OutboxState
  readonly operations: readonly Operation[]
  /** Bytes of the operations as JSON, for cutting batches without serialising twice. */
  readonly bytes: number
  readonly createdAt: number
  /** The refusal that put it aside. */
  readonly refusal?: ErrorRecord
}
