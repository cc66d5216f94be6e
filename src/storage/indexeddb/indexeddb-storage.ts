import { ChatkeepError } from '../../domain/errors.ts'
import type { Clock } from '../../ports/clock.ts'
import type { StoreName } from '../../ports/records.ts'
import type { Durability, Storage, StorageFactory, WriteTransaction } from '../../ports/storage.ts'
import { createRunning } from '../running.ts'
import { readOnlyError } from '../schema-setting.ts'
import { type Connection, openConnection } from './connection.ts'
import { toOpenError } from './errors.ts'
import { withoutLost } from './find-lost.ts'
import { deleteDatabase } from './open-database.ts'
import { runTransaction } from './transaction.ts'

export type IndexedDbOptions = {
  /** Waits for a blocked upgrade, and between attempts to open. */
  readonly setTimer: Clock['setTimer']
  /** Default: the global `indexedDB`. */
  readonly factory?: IDBFactory
}

/**
 * Storage on IndexedDB. A new build extends the stores of an older one; a database of a newer build is written only if that
 * build's `minReader` allows it, else every write rejects with `storage/read-only`.
 */
export function createIndexedDbStorage({ setTimer, factory: given }: IndexedDbOptions): StorageFactory {
  // Read at each use: the getter throws where cookies are blocked.
  const factory = (): IDBFactory => {
    const found = given ?? (globalThis.indexedDB as IDBFactory | undefined)
    if (found === undefined) throw new ChatkeepError('storage/unavailable', 'There is no IndexedDB here.')
    return found
  }

  return {
    kind: 'indexeddb',
    open: async (name, { create = true } = {}) => {
      const connection = await openConnection(name, { factory, setTimer, create })
      return createStorage(name, connection, setTimer)
    },
    remove: (name) => deleteDatabase(name, { factory, setTimer }),
    list: async () => {
      try {
        const databases = (await factory().databases?.()) ?? []
        // WebKit lists a database whose making was aborted as version 0: it was looked for, and nobody made it.
        return databases.flatMap(({ name, version }) => (name && version !== 0 ? [name] : [])).sort()
      } catch (error) {
        throw toOpenError(error)
      }
    },
  }
}

function createStorage(name: string, connection: Connection, setTimer: Clock['setTimer']): Storage {
  const { track, ended } = createRunning()

  const run = <T>(
    database: IDBDatabase,
    stores: readonly StoreName[],
    durability: Durability | undefined,
    work: (tx: WriteTransaction) => Promise<T>,
  ): Promise<T> =>
    withoutLost(database, setTimer, (lost) =>
      runTransaction(database, stores, durability, work, setTimer, lost),
    )

  return {
    kind: 'indexeddb',
    name,
    read: (stores, work) => track(connection.use(({ database }) => run(database, stores, undefined, work))),
    write: (stores, durability, work) =>
      track(
        connection.use(async ({ database, isReadOnly }) => {
          if (isReadOnly) throw readOnlyError(name)
          return run(database, stores, durability, work)
        }),
      ),
    close: async () => {
      connection.close()
      await ended()
    },
  }
}
