import { wrap } from 'idb'
import { ChatkeepError } from '../../domain/errors.ts'
import type { Clock } from '../../ports/clock.ts'
import type { StoreName, StoreRecords } from '../../ports/records.ts'
import type { Durability, Key, WriteTransaction } from '../../ports/storage.ts'
import { isEmptyRange } from '../keys.ts'
import { endedEarly, nameOf, toStorageError } from './errors.ts'
import { scanRecords, toKeyRange } from './scan.ts'
import { type WatchedTransaction, watchTransaction } from './watch-transaction.ts'

/**
 * Runs `work` in one transaction; without `durability` it only reads. A write resolves when the transaction is complete: on
 * quota errors and lost connections a request may be answered, or never be, and the transaction still abort.
 */
export async function runTransaction<T>(
  database: IDBDatabase,
  stores: readonly StoreName[],
  durability: Durability | undefined,
  work: (requests: WriteTransaction) => Promise<T>,
  setTimer: Clock['setTimer'],
): Promise<T> {
  const transaction = begin(database, stores, durability)
  const watched = watchTransaction(database, transaction, setTimer)
  const requests = createRequests(transaction, stores, watched)
  let result: T
  try {
    result = await work(requests)
  } catch (error) {
    watched.fail(error)
    await watched.done.catch(() => {})
    throw error
  }
  if (durability === undefined) {
    watched.release()
    return result
  }
  watched.commit()
  await watched.done
  return result
}

function begin(
  database: IDBDatabase,
  stores: readonly StoreName[],
  durability: Durability | undefined,
): IDBTransaction {
  try {
    const names = Array.from(stores)
    return durability === undefined
      ? database.transaction(names, 'readonly')
      : database.transaction(names, 'readwrite', { durability })
  } catch (error) {
    throw toStorageError(error)
  }
}

function createRequests(
  transaction: IDBTransaction,
  stores: readonly StoreName[],
  { ended, fail, failure, expectAbort }: WatchedTransaction,
): WriteTransaction {
  /** The answer of a request, or the reason why the transaction was aborted: then some engines never answer. */
  function request<T>(store: StoreName, issue: (store: IDBObjectStore) => Promise<T>): Promise<T> {
    const answer = Promise.race([answerOf(store, issue), ended])
    // A request that nobody awaits must not surface as an unhandled rejection: its failure aborts the transaction.
    answer.catch(() => {})
    return answer
  }

  async function answerOf<T>(store: StoreName, issue: (store: IDBObjectStore) => Promise<T>): Promise<T> {
    try {
      if (!stores.includes(store)) {
        throw new ChatkeepError('internal', `The store ${store} is not part of this transaction.`)
      }
      return await issue(transaction.objectStore(store))
    } catch (error) {
      const earlier = failure()
      if (earlier !== undefined) throw earlier.reason
      // The transaction will tell why.
      if (nameOf(error) === 'AbortError') {
        expectAbort()
        return ended
      }
      const reason = nameOf(error) === 'InvalidStateError' ? endedEarly(error) : toStorageError(error)
      fail(reason)
      throw reason
    }
  }

  return {
    get: (store, key) =>
      request(store, (from) => wrap<StoreRecords[typeof store] | undefined>(from.get(toIdbKey(key)))),
    scan: (store, options = {}) =>
      request(store, async (from) => {
        if (options.limit === 0 || isEmptyRange(options.range ?? {})) return []
        const source = options.index === undefined ? from : from.index(options.index)
        return (await scanRecords(source, options)) as StoreRecords[typeof store][]
      }),
    count: (store, range) =>
      request(store, async (from) => (isEmptyRange(range ?? {}) ? 0 : wrap(from.count(toKeyRange(range))))),
    put: (store, record) => request(store, (into) => wrap(into.put(record)) as Promise<Key>),
    delete: (store, keyOrRange) =>
      request(store, async (from) => {
        if (typeof keyOrRange !== 'object' || !('range' in keyOrRange))
          return wrap(from.delete(toIdbKey(keyOrRange)))
        if (isEmptyRange(keyOrRange.range)) return
        const range = toKeyRange(keyOrRange.range)
        return wrap(range === undefined ? from.clear() : from.delete(range))
      }),
  }
}

function toIdbKey(key: Key): IDBValidKey {
  return key as IDBValidKey
}
