import type { Operation } from '../domain/operation.ts'
import type { CloudMetadata } from '../domain/wire.ts'
import type { StoreName } from '../ports/records.ts'
import type { Durability, ReadTransaction, WriteTransaction } from '../ports/storage.ts'
import type { OutboxTally } from './sync/outbox-tally.ts'

/** What an engine of one database shares among its parts. */
export type Database = {
  readonly name: string
  /** Random id of this store's life; a cursor of another incarnation is worth nothing. */
  readonly incarnation: string
  /** Counts of the outbox. */
  readonly tally: Pick<OutboxTally, 'read'>
  /** Reads in one transaction. */
  read<T>(stores: readonly StoreName[], work: (tx: ReadTransaction) => Promise<T>): Promise<T>
  /**
   * One transaction over the read model, the outbox and what belongs to them. Conversations that `work` touched are derived and
   * written when it ends; changes are announced after the commit. `work` may run twice.
   */
  write<T>(durability: Durability, work: (unit: Unit) => Promise<T>): Promise<T>
}

/** One running transaction with the conversations it has in hand. */
export type Unit = {
  readonly tx: WriteTransaction
  /**
   * Applies operations that came from elsewhere (a pull, an adoption). Idempotent and independent of their order. Nothing is queued.
   * Values that no build of ours understands are kept and not shown.
   */
  applyOperations(
    projectId: string,
    operations: readonly Operation[],
    options?: {
      /** Values that were freed stay in the cloud, which has shown them after so many of the space's resets. */
      readonly freedProvenAt?: number
    },
  ): Promise<void>
  /**
   * For operations that came from the cloud and were applied: values under something purged that no purge names get one, so that no old
   * version stays anywhere. It is queued.
   */
  purgeLate(operations: readonly Operation[]): Promise<void>
  /** Operations of one conversation as this database holds them: purges, stubs bottom up, then values each after what it overwrites. */
  knownOperations(conversationId: string): Promise<readonly Operation[]>
  /** Conversations that the cloud has and this database has not: they are listed, and absent until they are filled. */
  noteListed(projectId: string, conversations: readonly CloudMetadata[]): Promise<void>
  /** Conversations that the log tells of and that no list named: their content is fetched. Answers how many are new among those. */
  noteUnlisted(projectId: string, operations: readonly Operation[]): Promise<number>
  /** Everything of a conversation is here now; without any content it is gone. Answers whether something was missing. */
  noteFilled(conversationId: string): Promise<boolean>
  /** Takes the values of messages off this device, which the cloud has after so many resets. Answers their bytes. */
  free(conversationId: string, provenAt: number): Promise<number>
  /**
   * A pull from zero has ended: what was only listed is here or nowhere, what was freed and not shown since so many resets is a stub.
   * Answers whether what counts again has to be fetched.
   */
  settleAbsence(conversationId: string, provenAt: number): Promise<boolean>
  /** How this database holds an operation: with its value (as a head), without it (freed), as a stub, purged, or not at all. */
  levelOf(
    operation: Exclude<Operation, { kind: 'purge' }>,
  ): Promise<'value' | 'lacking' | 'stub' | 'purged' | 'unknown'>
}
