import type { OperationId } from '../../domain/ids.ts'

/** What is known of one register beside its heads. Key: `[conversationId, register]`. */
export type SeenRecord = {
  readonly conversationId: string
  /** `purges` for the purges of the conversation, `lacking` for operations whose values were freed. */
  readonly register: string
  /** Operation id → what it overwrites. */
  readonly stubs: Readonly<Record<string, readonly OperationId[]>>
  /** Only on the register `purges`: purge id → the ids it names. */
  readonly purges?: Readonly<Record<string, readonly OperationId[]>>
  /** Only on the register `lacking`: by register and operation id. */
  readonly lacking?: Readonly<Record<string, Readonly<Record<string, LackingValue>>>>
}

/** An operation that nothing here overwrites and whose value can be fetched again. */
export type LackingValue = {
  readonly overwrites: readonly OperationId[]
  /** `SpaceSync.resets` when the cloud was last known to have the value. */
  readonly provenAt: number
}
