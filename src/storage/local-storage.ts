import { ChatkeepError } from '../domain/errors.ts'
import type { Clock } from '../ports/clock.ts'
import type { StoreName } from '../ports/records.ts'
import { STORE_NAMES } from '../ports/schema.ts'
import type { Durability, Storage, StorageFactory, WriteTransaction } from '../ports/storage.ts'
import { settleJournal } from './local-storage/journal.ts'
import { createTextDatabase, listTextDatabases, type TextDatabase } from './local-storage/text-database.ts'
import { type TextStorage, withOurErrors } from './local-storage/text-storage.ts'
import { readOnlyError } from './schema-setting.ts'
import { createStoreLocks, type StoreLocks } from './store-locks.ts'
import { beginTableTransaction } from './tables/table-transaction.ts'

export type LocalStorageOptions = {
  /** The page's `localStorage`. */
  readonly storage: TextStorage
  /** Waits whether the tab that left a journal is still writing. */
  readonly setTimer: Clock['setTimer']
}

/** A write takes milliseconds and nothing interrupts it but the death of its tab. */
const JOURNAL_PATIENCE_MS = 1_000
const MAX_RUNS = 4

/**
 * Storage on `localStorage`, for browsers that refuse IndexedDB: some megabytes, records as JSON, one transaction at a time.
 * Tabs see each other's writes at their next transaction; one that another tab outran is run again. Browsers give no lock
 * over `localStorage`, so hold a Web Lock around writes where there are any.
 */
export function createLocalStorageStorage(options: LocalStorageOptions): StorageFactory {
  const { setTimer } = options
  const storage = withOurErrors(options.storage)
  const databases = new Map<string, { readonly texts: TextDatabase; readonly locks: StoreLocks }>()

  function databaseNamed(name: string) {
    const known = databases.get(name)
    if (known !== undefined) return known
    const created = { texts: createTextDatabase(storage, name), locks: createStoreLocks() }
    databases.set(name, created)
    return created
  }

  async function locked<T>(name: string, work: (texts: TextDatabase) => Promise<T>): Promise<T> {
    const { texts, locks } = databaseNamed(name)
    const release = await locks.acquire(STORE_NAMES, true)
    try {
      return await work(texts)
    } finally {
      release()
    }
  }

  /** A journal is a write of another tab, or what is left of one: it is settled only when nobody ends it. */
  async function settle(texts: TextDatabase): Promise<void> {
    const found = storage.getItem(texts.journalKeys.journal)
    if (found === null) return
    await new Promise<void>((resolve) => setTimer(resolve, JOURNAL_PATIENCE_MS))
    if (storage.getItem(texts.journalKeys.journal) === found) settleJournal(storage, texts.journalKeys)
    else await settle(texts)
  }

  async function run<T>(
    name: string,
    texts: TextDatabase,
    stores: readonly StoreName[],
    writes: boolean,
    work: (tx: WriteTransaction) => Promise<T>,
  ): Promise<T> {
    for (let runs = 1; runs <= MAX_RUNS; runs++) {
      await settle(texts)
      if (!texts.exists()) throw unavailable(`The database ${name} was removed.`)
      texts.refresh()
      if (writes && !texts.mayWrite()) throw readOnlyError(name)
      const transaction = beginTableTransaction(texts.tables, stores)
      try {
        const result = await work(transaction.requests)
        await transaction.finish()
        if (transaction.changes.length > 0) {
          const isOutrun = texts.isStale() || storage.getItem(texts.journalKeys.journal) !== null
          if (isOutrun) {
            transaction.undo()
            continue
          }
          texts.write(transaction.changes)
        }
        transaction.keep()
        return result
      } catch (error) {
        transaction.undo()
        throw error
      }
    }
    throw new ChatkeepError(
      'storage/aborted',
      `Other tabs kept writing ${name}. Nothing was written; try again.`,
      {
        retryable: true,
      },
    )
  }

  function createStorage(name: string): Storage {
    let isClosed = false

    async function transact<T>(
      stores: readonly StoreName[],
      durability: Durability | undefined,
      work: (tx: WriteTransaction) => Promise<T>,
    ): Promise<T> {
      if (isClosed) throw unavailable(`The database ${name} was closed.`)
      const writes = durability !== undefined
      return locked(name, (texts) => run(name, texts, stores, writes, work))
    }

    return {
      kind: 'local-storage',
      name,
      read: (stores, work) => transact(stores, undefined, work),
      write: (stores, durability, work) => transact(stores, durability, work),
      close: async () => {
        isClosed = true
        await locked(name, async () => {})
      },
    }
  }

  return {
    kind: 'local-storage',
    open: (name, { create = true } = {}) =>
      locked(name, async (texts) => {
        await settle(texts)
        if (!texts.exists()) {
          if (!create)
            throw new ChatkeepError('input/not-found', `There is no database ${name}. Nothing was created.`)
          texts.create()
        }
        return createStorage(name)
      }),
    remove: (name) => locked(name, async (texts) => texts.remove()),
    list: async () => listTextDatabases(storage),
  }
}

function unavailable(message: string): ChatkeepError {
  return new ChatkeepError('storage/unavailable', `${message} Open it again.`)
}
