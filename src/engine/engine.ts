import { isServiceMethod, parseArgument } from '../domain/arguments.ts'
import type { Clock } from '../ports/clock.ts'
import type { Disk } from '../ports/disk.ts'
import type { Locks } from '../ports/locks.ts'
import { createFreeing } from './freeing/freeing.ts'
import { UNKNOWN_DISK } from './freeing/pressure.ts'
import { createHousekeeping } from './housekeeping.ts'
import type { OpenDatabase } from './open-database.ts'
import { createRetention } from './retention/retention.ts'
import { createMethods } from './service-methods.ts'
import type { Sync } from './sync/sync.ts'
import { unknownMethod } from './unknown-method.ts'
import { createWake, type Wake } from './wake.ts'

export type Engine = {
  readonly database: OpenDatabase
  /** Answers a method of `ConversationService`; rejects with a `ChatkeepError`. */
  call(method: string, argument: unknown): Promise<unknown>
  /** Recovers, drains and tidies up; answers when it is due next. */
  wake: Wake
  close(): Promise<void>
}

export type EngineParts = {
  readonly database: OpenDatabase
  readonly sync: Sync
  readonly clock: Clock
  readonly locks: Locks
  /** Absent: nobody knows how full it is. */
  readonly disk?: Disk
}

/** The engine of one database: every method of the service, over units of work. */
export function createEngine({ database, sync, clock, locks, disk = UNKNOWN_DISK }: EngineParts): Engine {
  const housekeeping = createHousekeeping({ database, clock, locks })
  const freeing = createFreeing({ database, clock, disk, canFetch: sync.canFetch })
  database.whenFull(freeing)
  const retention = createRetention({ database, clock, locks, cloudTime: () => sync.cloudTime() })

  const wake = createWake({ database, clock, sync, housekeeping, retention, freeing })
  const methods = createMethods({ database, clock, sync, retention, freeing, wake })

  /** Whatever is asked of a conversation: somebody has it in hand. */
  function noteOpened(argument: unknown): void {
    if (typeof argument !== 'object' || argument === null || !('conversationId' in argument)) return
    if (typeof argument.conversationId === 'string') freeing.noteOpened(argument.conversationId)
  }

  return {
    database,
    async call(method, argument) {
      if (!isServiceMethod(method)) throw unknownMethod(method)
      const run = methods[method] as (argument: unknown) => Promise<unknown>
      const parsed = parseArgument(method, argument)
      noteOpened(parsed)
      return run(parsed)
    },
    wake,
    close: () => database.storage.close(),
  }
}
