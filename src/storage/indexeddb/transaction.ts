import { wrap } from 'idb'
import { ChatkeepError } from '../../domain/errors.ts'
import type { Clock } from '../../ports/clock.ts'
import type { StoreName, StoreRecords } from '../../ports/records.ts'
import { SCHEMA } from '../../ports/schema.ts'
import type { Durability, Key, ScanOptions, WriteTransaction } from '../../ports/storage.ts'
import { extractKey, isEmptyRange } from '../keys.ts'
import { assertAnswer, endedEarly, isReadFailure, nameOf, toStorageError } from './errors.ts'
import { issueDelete, toIdbKey } from './issue-delete.ts'
import { type FailedRead, forgetLost, type LostRecords, lostAtBegin, lostUnder } from './lost-records.ts'
import { keyInIndex, scanKeys, scanRecords, toKeyRange } from './scan.ts'
import { ENDED, type WatchedTransaction, watchTransaction } from './watch-transaction.ts'

type Requests = WriteTransaction & {
  /** Primary keys of the records of a scan, in its order. */
  keys(store: StoreName, options: ScanOptions): Promise<Key[]>
  /** What a record is filed under in an index. */
  keyIn(store: StoreName, index: string, key: Key): Promise<Key | undefined>
}
export type Work<T> = (requests: Requests) => Promise<T>

/**
 * Runs `work` in one transaction; without `durability` it only reads. A write resolves when the transaction is complete: on
 * quota errors and lost connections a request may be answered, or never be, and the transaction still abort. What is known to be `lost` is
 * not read; a read that fails is noted there.
 */
export async function runTransaction<T>(
  database: IDBDatabase,
  stores: readonly StoreName[],
  durability: Durability | undefined,
  work: Work<T>,
  setTimer: Clock['setTimer'],
  lost: LostRecords,
): Promise<T> {
  const transaction = begin(database, stores, durability)
  const watched = watchTransaction(database, transaction, setTimer)
  const requests = createRequests(transaction, stores, watched, lost)
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
  noted: LostRecords,
): Requests {
  const lost = lostAtBegin(noted)

  /** The answer of a request, or the reason why the transaction was aborted: then some engines never answer. */
  function request<T>(
    store: StoreName,
    issue: (store: IDBObjectStore) => Promise<T>,
    read?: FailedRead,
  ): Promise<T> {
    const answer = Promise.race([answerOf(store, issue, read), ended]).then((answered) => {
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
    read: FailedRead | undefined,
  ): Promise<T | typeof ENDED> {
    try {
      const answer = await issue(storeNamed(store))
      if (read !== undefined) assertAnswer(answer)
      return answer
    } catch (error) {
      if (read !== undefined && isReadFailure(error)) noted.failed ??= read
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
    if (key !== undefined) forgetLost(lost, store, key)
    const answer =
      key === undefined
        ? request(store, (into) => wrap(into[how](record)) as Promise<Key>)
        : write(store, (into) => into[how](record), key)
    answer.catch(() => {})
    return answer
  }

  function get<S extends StoreName>(store: S, key: Key): Promise<StoreRecords[S] | undefined> {
    const left = lostUnder(lost, store, key)
    if (left !== undefined) return Promise.resolve(left as StoreRecords[S])
    return request(store, (from) => wrap<StoreRecords[S] | undefined>(from.get(toIdbKey(key))), {
      store,
      key,
    })
  }

  /** Record by record: one request for all of them fails for those that are lost. */
  async function scanAround<S extends StoreName>(store: S, options: ScanOptions): Promise<StoreRecords[S][]> {
    const found = await keys(store, options)
    const records = await Promise.all(found.map((key) => get(store, key)))
    return records.filter((record) => record !== undefined)
  }

  function keys(store: StoreName, options: ScanOptions): Promise<Key[]> {
    return request(store, async (from) =>
      options.limit === 0 || isEmptyRange(options.range ?? {})
        ? []
        : scanKeys(sourceOf(from, options), options),
    )
  }

  return {
    connection: transaction.db,
    get,
    scan: (store, options = {}) =>
      lost.has(store)
        ? scanAround(store, options)
        : request(
            store,
            async (from) => {
              if (options.limit === 0 || isEmptyRange(options.range ?? {})) return []
              return (await scanRecords(sourceOf(from, options), options)) as StoreRecords[typeof store][]
            },
            { store, options },
          ),
    keys,
    keyIn: (store, index, key) => request(store, (from) => keyInIndex(from.index(index), key)),
    count: (store, range) =>
      request(store, async (from) => (isEmptyRange(range ?? {}) ? 0 : wrap(from.count(toKeyRange(range))))),
    put: (store, record) => insert('put', store, record),
    add: (store, record) => insert('add', store, record),
    delete: (store, keyOrRange) => {
      forgetLost(lost, store, keyOrRange)
      const answer = write(store, (from) => issueDelete(from, keyOrRange), undefined)
      answer.catch(() => {})
      return answer
    },
  }
}

const sourceOf = (from: IDBObjectStore, { index }: ScanOptions): IDBObjectStore | IDBIndex =>
  index === undefined ? from : from.index(index)
