import { wrap } from 'idb'
import { ChatkeepError } from '../../domain/errors.ts'
import type { Clock } from '../../ports/clock.ts'
import type { StoreName, StoreRecords } from '../../ports/records.ts'
import { SCHEMA } from '../../ports/schema.ts'
import type { Durability, Key, Range, WriteTransaction } from '../../ports/storage.ts'
import { extractKey, isEmptyRange } from '../keys.ts'
import { endedEarly, nameOf, toStorageError } from './errors.ts'
import { scanRecords, toKeyRange } from './scan.ts'
import { ENDED, type WatchedTransaction, watchTransaction } from './watch-transaction.ts'

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
    const answer = Promise.race([answerOf(store, issue), ended]).then((answered) => {
      if (answered === ENDED) throw endedEarly(undefined)
      return answered
    })
    // A request that nobody awaits must not surface as an unhandled rejection: its failure aborts the transaction.
    answer.catch(() => {})
    return answer
  }

  async function answerOf<T>(
    store: StoreName,
    issue: (store: IDBObjectStore) => Promise<T>,
  ): Promise<T | typeof ENDED> {
    try {
      return await issue(storeNamed(store))
    } catch (error) {
      // The transaction will tell why.
      if (nameOf(error) === 'AbortError' && failure() === undefined) {
        expectAbort()
        return ended
      }
      throw refuse(error)
    }
  }

  /**
   * A write whose answer is known beforehand is not waited for: that would cost a round trip to the browser process each time.
   * If it fails later, the transaction is aborted, and says so.
   */
  async function write<T>(
    store: StoreName,
    issue: (store: IDBObjectStore) => unknown,
    answer: T,
  ): Promise<T> {
    try {
      issue(storeNamed(store))
      return answer
    } catch (error) {
      throw refuse(error)
    }
  }

  function storeNamed(store: StoreName): IDBObjectStore {
    if (stores.includes(store)) return transaction.objectStore(store)
    throw new ChatkeepError('internal', `The store ${store} is not part of this transaction.`)
  }

  /** Aborts the transaction; answers the reason, which is the first of several. */
  function refuse(error: unknown): unknown {
    const earlier = failure()
    if (earlier !== undefined) return earlier.reason
    const reason = nameOf(error) === 'InvalidStateError' ? endedEarly(error) : toStorageError(error)
    fail(reason)
    return reason
  }

  function insert<S extends StoreName>(how: 'put' | 'add', store: S, record: StoreRecords[S]): Promise<Key> {
    const key = extractKey(record, SCHEMA[store].keyPath)
    const answer =
      key === undefined
        ? request(store, (into) => wrap(into[how](record)) as Promise<Key>)
        : write(store, (into) => into[how](record), key)
    answer.catch(() => {})
    return answer
  }

  return {
    connection: transaction.db,
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
    put: (store, record) => insert('put', store, record),
    add: (store, record) => insert('add', store, record),
    delete: (store, keyOrRange) => {
      const answer = write(store, (from) => issueDelete(from, keyOrRange), undefined)
      answer.catch(() => {})
      return answer
    },
  }
}

function issueDelete(from: IDBObjectStore, keyOrRange: Key | { readonly range: Range }): void {
  if (typeof keyOrRange !== 'object' || !('range' in keyOrRange)) {
    from.delete(toIdbKey(keyOrRange))
    return
  }
  if (isEmptyRange(keyOrRange.range)) return
  const range = toKeyRange(keyOrRange.range)
  if (range === undefined) from.clear()
  else from.delete(range)
}

function toIdbKey(key: Key): IDBValidKey {
  return key as IDBValidKey
}
