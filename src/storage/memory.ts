import { ChatkeepError } from '../domain/errors.ts'
import type { StoreName } from '../ports/records.ts'
import { STORE_NAMES } from '../ports/schema.ts'
import type { Durability, Storage, StorageFactory, WriteTransaction } from '../ports/storage.ts'
import { createRunning } from './running.ts'
import { SCHEMA_SETTING, schemaSetting } from './schema-setting.ts'
import { createStoreLocks } from './store-locks.ts'
import {
  beginTableTransaction,
  copyTables,
  createTables,
  type TableChange,
  type TableRequest,
  type Tables,
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
  onCommitted?(commit: MemoryCommit & { readonly changes: readonly TableChange[] }): void
}

/** Everything that a factory holds at one moment, for starting another one with it. */
export type MemorySnapshot = ReadonlyMap<string, Tables>

export type MemoryStorageFactory = StorageFactory & {
  /**
   * Kills every process that uses this factory: running transactions are undone, and neither their promises nor those of later
   * calls on the storages opened so far ever settle. Open again to start the next process on the same data.
   */
  crash(): void
  /** Another process on the same data, with faults of its own. Its `crash` kills it alone and for good. */
  process(hooks?: MemoryHooks): StorageFactory & { crash(): void }
  /** Copies everything; no transaction may be running. */
  snapshot(): MemorySnapshot
}

/**
 * A storage that lives as long as the factory; every storage that it opens under one name sees the same data. The last rung of the
 * ladder, and what tests and the simulator run on: without timers, so that the same calls take the same course every time.
 */
export function createMemoryStorage(
  hooks: MemoryHooks = {},
  snapshot: MemorySnapshot = new Map(),
): MemoryStorageFactory {
  const databases = new Map<string, Database>()
  const lives = new Set<Life>()
  for (const [name, tables] of snapshot) databases.set(name, createDatabase(copyTables(tables)))
  let own = begin()

  function begin(): Life {
    const life: Life = { isDead: false, running: new Map() }
    lives.add(life)
    return life
  }

  function end(life: Life): void {
    lives.delete(life)
    life.isDead = true
    for (const [transaction, release] of life.running) {
      transaction.kill()
      release()
    }
    life.running.clear()
  }

  function factoryFor(life: () => Life, hooks: MemoryHooks): StorageFactory {
    return {
      kind: 'memory',
      open: async (name, options = {}) => {
        if (life().isDead) return never()
        let database = databases.get(name)
        if (database === undefined) {
          if (options.create === false) throw notFound(name)
          database = createDatabase(withSchema(createTables()))
          databases.set(name, database)
        }
        return openMemoryStorage(name, database, life(), hooks)
      },
      remove: async (name) => {
        const database = databases.get(name)
        if (life().isDead) return never()
        if (database === undefined) return
        databases.delete(name)
        database.isRemoved = true
        const release = await database.locks.acquire(STORE_NAMES, true)
        release()
      },
      list: async () => (life().isDead ? never() : Array.from(databases.keys()).sort()),
    }
  }

  return {
    ...factoryFor(() => own, hooks),
    crash: () => {
      for (const life of [...lives]) end(life)
      own = begin()
    },
    process: (hooks = {}) => {
      const life = begin()
      return { ...factoryFor(() => life, hooks), crash: () => end(life) }
    },
    snapshot: () => new Map([...databases].map(([name, { tables }]) => [name, copyTables(tables)])),
  }
}

type Database = {
  readonly tables: Tables
  readonly locks: ReturnType<typeof createStoreLocks>
  isRemoved: boolean
}

/** One process: its running transactions, each with what releases its locks. */
type Life = { isDead: boolean; readonly running: Map<TableTransaction, () => void> }

const createDatabase = (tables: Tables): Database => ({ tables, locks: createStoreLocks(), isRemoved: false })

function withSchema(tables: Tables): Tables {
  tables.settings.replace(SCHEMA_SETTING, schemaSetting())
  return tables
}

function openMemoryStorage(name: string, database: Database, life: Life, hooks: MemoryHooks): Storage {
  let isClosed = false
  const { track, ended } = createRunning()

  async function run<T>(
    stores: readonly StoreName[],
    durability: Durability | undefined,
    work: (tx: WriteTransaction) => Promise<T>,
  ): Promise<T> {
    if (isClosed) throw unavailable(`The database ${name} was closed.`)
    if (life.isDead) return never()
    if (database.isRemoved) throw unavailable(`The database ${name} was removed.`)
    const release = await database.locks.acquire(stores, durability !== undefined)
    if (life.isDead) {
      release()
      return never()
    }
    const { onRequest } = hooks
    const transaction = beginTableTransaction(
      database.tables,
      stores,
      onRequest === undefined
        ? undefined
        : (request) => {
            const waited = onRequest({ ...request, database: name })
            return waited === undefined && !life.isDead ? undefined : orNever(waited)
          },
      database,
    )
    life.running.set(transaction, release)
    const commit = durability === undefined ? undefined : { database: name, stores, durability }
    try {
      // A process that was killed meanwhile hears of nothing any more.
      const result = await work(transaction.requests)
      if (life.isDead) return await never()
      await transaction.finish()
      if (commit !== undefined && hooks.onCommit !== undefined) await hooks.onCommit(commit)
      if (life.isDead) return await never()
      transaction.keep()
      if (commit !== undefined) hooks.onCommitted?.({ ...commit, changes: transaction.changes })
      return result
    } catch (error) {
      if (life.isDead) return await never()
      transaction.undo()
      throw error
    } finally {
      life.running.delete(transaction)
      release()
    }
  }

  /** Waits, but for ever when the process was killed meanwhile. */
  async function orNever<T>(promise: T | Promise<T>): Promise<T> {
    try {
      return await promise
    } finally {
      if (life.isDead) await never()
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
