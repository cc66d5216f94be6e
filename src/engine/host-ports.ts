import type { CloudSettings } from '../domain/host-service.ts'
import type { WakeReason } from '../domain/sync-status.ts'
import type { Clock } from '../ports/clock.ts'
import type { Disk } from '../ports/disk.ts'
import type { Events } from '../ports/events.ts'
import type { Locks } from '../ports/locks.ts'
import type { Network } from '../ports/network.ts'
import type { Hashing, Random } from '../ports/random.ts'
import type { StorageFactory } from '../ports/storage.ts'
import type { FoldLimits } from './fold-limits.ts'

/** Everything the engine needs from the world. */
export type HostPorts = {
  readonly storage: StorageFactory
  /** Makes the way to a cloud; called again when its settings change. */
  readonly network: (cloud: NonNullable<CloudSettings>) => Network
  readonly clock: Clock
  readonly locks: Locks
  readonly random: Random
  readonly hashing: Hashing
  /** How full the disk is; absent: nobody knows, and values are freed only when a write finds it full. */
  readonly disk?: Disk
  readonly events: Events
  /** Version and hash of the running build. */
  readonly build: string
  /** The device in a person's words (`Chrome on Linux`): told with versions of a message that were written apart. */
  readonly deviceName?: string
  /** When a conversation's older messages are packed; absent: `FOLD_LIMITS`. */
  readonly foldLimits?: FoldLimits
}

export type HostCall = {
  /** Name of the database, or null for the methods of `HostService`. */
  readonly database: string | null
  readonly method: string
  readonly argument: unknown
}

/** One engine per database behind one door; what a worker, a page, a test or the simulator runs. */
export type Host = {
  /** Answers a method of `ConversationService` or `HostService`; rejects with a `ChatkeepError`. */
  call(call: HostCall): Promise<unknown>
  /**
   * Drains every known database that is not closed; one that cannot be opened now is due later. `settled`: nothing waits, or what waits
   * is parked until a session or page comes.
   */
  wake(reason: WakeReason): Promise<{ readonly dueAt: number | null; readonly settled: boolean }>
  close(): Promise<void>
}
