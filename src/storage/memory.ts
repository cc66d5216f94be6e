import { ChatkeepError } from '../domain/errors.ts'
import { STORE_NAMES, type StoreName } from '../ports/records.ts'
import type { Durability, Storage, StorageFactory, WriteTransaction } from '../ports/storage.ts'
import { createRunning } from './running.ts'
import { SCHEMA_SETTING, schemaSetting } from './schema-setting.ts'
import { createStoreLocks } from './store-locks.ts'
import {
  beginTableTransaction,
  createTables,
  type TableRequest,
  type TableTransaction,
} from './tables/table-transaction.ts'

export type MemoryCommit = {
  readonly database: string
  readonly stores: readonly StoreName[]
  readonly durability: Durability
}

/** Where faults can be injected. Whatever one of these throws is what the transaction rejects with. */
export type MemoryHooks = {
  /** Before each request of each transaction; a throw fails the request and aborts the transaction. */
  onRequest?(request: TableRequest & { readonly database: string }): void | Promise<void>
  /** Before a write transaction completes; a throw aborts it. */
  onCommit?(commit: MemoryCommit): void | Promise<void>
  /** After a write transaction completed; a throw hides from its author that it did. */
  onCommitted?(commit: MemoryCommit): void
}

export type MemoryStorageFactory = StorageFactory & {
  /**
   * Kills every process that uses this factory: running transactions are undone, and neither their promises nor those of later
   * calls on the storages opened so far ever settle. Open again to start the next process on the same data.
   */
  crash(): void
}

/**
 * A storage that lives as long as the factory; every storage that it opens under one name sees the same data. The last rung of the
 * ladder, and what tests and the simulator run on: without timers, so that the same calls take the same course every time.
 */
export function createMemoryStorage(hooks: MemoryHooks = {}): MemoryStorageFactory {
  const databases = new Map<string, Database>()

  return {
    kind: 'memory',
    open: async (name, options = {}) => {
      let database = databases.get(name)
      if (database === undefined) {
        if (options.create === false) throw notFound(name)
        database = createDatabase()
        databases.set(name, database)
      }
      return openMemoryStorage(name, database, hooks)
    },
    remove: async (name) => {
      const database = databases.get(name)
      if (database === undefined) return
      databases.delete(name)
      database.isRemoved = true
      const release = await database.locks.acquire(STORE_NAMES, true)
      release()
    },
    list: async () => Array.from(databases.keys()).sort(),
    crash: () => {
      for (const [name, database] of databases) {
        database.isDead = true
        for (const transaction of database.running) transaction.kill()
        databases.set(name, { ...createDatabase(), tables: database.tables })
      }
    },
  }
}

type Database = {
  readonly tables: ReturnType<typeof createTables>
  readonly locks: ReturnType<typeof createStoreLocks>
  readonly running: Set<TableTransaction>
  isRemoved: boolean
  isDead: boolean
}

function createDatabase(): Database {
  const tables = createTables()
  tables.settings.replace(SCHEMA_SETTING, schemaSetting())
  return { tables, locks: createStoreLocks(), running: new Set(), isRemoved: false, isDead: false }
}

function openMemoryStorage(name: string, database: Database, hooks: MemoryHooks): Storage {
  let isClosed = false
  const { track, ended } = createRunning()

  async function run<T>(
    stores: readonly StoreName[],
    durability: Durability | undefined,
    work: (tx: WriteTransaction) => Promise<T>,
  ): Promise<T> {
    if (isClosed) throw unavailable(`The database ${name} was closed.`)
    if (database.isRemoved) throw unavailable(`The database ${name} was removed.`)
    const release = await orNever(database.locks.acquire(stores, durability !== undefined))
    const { onRequest } = hooks
    const transaction = beginTableTransaction(
      database.tables,
      stores,
      onRequest === undefined ? undefined : (request) => orNever(onRequest({ ...request, database: name })),
    )
    database.running.add(transaction)
    const commit = durability === undefined ? undefined : { database: name, stores, durability }
    try {
      const result = await orNever(work(transaction.requests))
      await orNever(transaction.finish())
      if (commit !== undefined) await orNever(hooks.onCommit?.(commit))
      transaction.keep()
      if (commit !== undefined) hooks.onCommitted?.(commit)
      return result
    } catch (error) {
      if (database.isDead) return await never()
      transaction.undo()
      throw error
    } finally {
      database.running.delete(transaction)
      release()
    }
  }

  /** Waits, but for ever when the process was killed meanwhile. */
  async function orNever<T>(promise: T | Promise<T>): Promise<T> {
    try {
      return await promise
    } finally {
      if (database.isDead) await never()
    }
  }

  return {
    kind: 'memory',
    name,
    read: (stores, work) => track(run(stores, undefined, work)),
    write: (stores, durability, work) => track(run(stores, durability, work)),
    close: async () => {
      isClosed = true
      await ended()
    },
  }
}

function never(): Promise<never> {
  return new Promise<never>(() => {})
}

function notFound(name: string): ChatkeepError {
  return new ChatkeepError('input/not-found', `There is no database ${name}. Nothing was created.`)
}

function unavailable(message: string): ChatkeepError {
  return new ChatkeepError('storage/unavailable', `${message} Open it again.`)
}
