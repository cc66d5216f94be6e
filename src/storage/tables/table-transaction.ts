import { ChatkeepError } from '../../domain/errors.ts'
import type { StoreName, StoreRecords } from '../../ports/records.ts'
import { SCHEMA, STORE_NAMES } from '../../ports/schema.ts'
import { type Key, RecordExists, type WriteTransaction } from '../../ports/storage.ts'
import { isKey } from '../keys.ts'
import { copyRecord } from './copy.ts'
import { createTable, type Table } from './table.ts'

export type Tables = Readonly<Record<StoreName, Table>>

/** A request of a transaction, as fault injection sees it. */
export type TableRequest = {
  readonly kind: 'get' | 'scan' | 'count' | 'put' | 'delete'
  readonly store: StoreName
}

/** What one transaction did to one key. */
export type TableChange = {
  readonly store: StoreName
  readonly key: Key
  readonly before: object | undefined
  readonly after: object | undefined
}

/** A transaction that changes tables in place and can take everything back. */
export type TableTransaction = {
  readonly requests: WriteTransaction
  /** In order; a key may occur more than once. */
  readonly changes: readonly TableChange[]
  /** Resolves when all requests are answered; rejects with the failure of the first that failed. No request is taken after it. */
  finish(): Promise<void>
  /** Takes all changes back, unless they were kept, and refuses further requests. */
  undo(): void
  /** Makes the changes final. */
  keep(): void
  /** Takes all changes back, and answers nothing any more: the process that made this transaction is gone. */
  kill(): void
}

/** All stores of the schema, empty. */
export function createTables(): Tables {
  return Object.fromEntries(STORE_NAMES.map((name) => [name, createTable(SCHEMA[name])])) as Tables
}

/** The same records (which are never changed in place) in tables of their own. */
export function copyTables(tables: Tables): Tables {
  const copies = createTables()
  for (const name of STORE_NAMES) {
    for (const record of tables[name].scan({})) copies[name].replace(tables[name].keyOf(record), record)
    copies[name].sequence = tables[name].sequence
  }
  return copies
}

/**
 * Begins a transaction on some of the tables. The caller has made sure that no other one is using them. `onRequest` is awaited
 * before each request takes effect; what it throws fails the request, and so the transaction.
 */
export function beginTableTransaction(
  tables: Tables,
  stores: readonly StoreName[],
  onRequest?: (request: TableRequest) => void | Promise<void>,
  connection?: object,
): TableTransaction {
  const changes: TableChange[] = []
  const sequences = stores.map((store) => tables[store].sequence)
  let state: 'open' | 'ended' | 'kept' | 'dead' = 'open'
  let failure: { readonly error: unknown } | undefined
  let previous: Promise<unknown> | undefined

  function issue<T>(request: TableRequest, run: (table: Table) => T): Promise<T> {
    if (state === 'dead') return new Promise<never>(() => {})
    return onRequest === undefined ? answerNow(request, run) : answerInTurn(request, run, onRequest)
  }

  function answerNow<T>(request: TableRequest, run: (table: Table) => T): Promise<T> {
    try {
      if (failure !== undefined) throw failure.error
      if (state !== 'open')
        throw new ChatkeepError('internal', 'A request was made after its transaction had ended.')
      if (!stores.includes(request.store)) {
        throw new ChatkeepError('internal', `The store ${request.store} is not part of this transaction.`)
      }
      return Promise.resolve(run(tables[request.store]))
    } catch (error) {
      failure ??= { error }
      const refused = Promise.reject(error)
      // A request that nobody awaits must not surface as an unhandled rejection: its failure fails the transaction.
      refused.catch(() => {})
      return refused
    }
  }

  function answerInTurn<T>(
    request: TableRequest,
    run: (table: Table) => T,
    before: (request: TableRequest) => void | Promise<void>,
  ): Promise<T> {
    if (previous !== undefined || failure !== undefined)
      return inTurn(previous ?? Promise.resolve(), () => before(request))
    try {
      const waited = before(request)
      // Nothing to wait for, and nobody before: the common case is not put off.
      if (waited === undefined) return answerNow(request, run)
      return inTurn(Promise.resolve(), () => waited)
    } catch (error) {
      failure = { error }
      return answerNow(request, run)
    }

    function inTurn(earlier: Promise<unknown>, wait: () => void | Promise<void>): Promise<T> {
      const answer = earlier.then(async () => {
        if (failure === undefined) {
          try {
            await wait()
          } catch (error) {
            failure ??= { error }
          }
        }
        return answerNow(request, run)
      })
      const settled: Promise<unknown> = answer
        .catch(() => {})
        .then(() => {
          if (previous === settled) previous = undefined
        })
      previous = settled
      return answer
    }
  }

  function change(store: StoreName, key: Key, after: object | undefined): void {
    const before = tables[store].replace(key, after)
    if (before !== undefined || after !== undefined) changes.push({ store, key, before, after })
  }

  function undo(): void {
    if (state === 'kept' || state === 'dead') return
    state = 'ended'
    for (const { store, key, before } of changes.splice(0).reverse()) tables[store].replace(key, before)
    for (const [position, store] of stores.entries()) tables[store].sequence = sequences[position] ?? 0
  }

  function insert(store: StoreName, record: object, check?: (table: Table, key: Key) => void): Promise<Key> {
    // Copied at the call, so that what the caller changes afterwards is not written.
    const copied = tryCopy(record)
    return issue({ kind: 'put', store }, (table) => {
      if ('error' in copied) throw copied.error
      const key = table.keyOf(copied.record)
      check?.(table, key)
      change(store, key, copied.record)
      return key
    })
  }

  const requests: WriteTransaction = {
    connection,
    get: (store, key) =>
      issue({ kind: 'get', store }, (table) => {
        assertKey(key)
        return copyRecord(table.get(key)) as StoreRecords[typeof store] | undefined
      }),
    scan: (store, options = {}) =>
      issue(
        { kind: 'scan', store },
        (table) => table.scan(options).map(copyRecord) as StoreRecords[typeof store][],
      ),
    count: (store, range) => issue({ kind: 'count', store }, (table) => table.count(range)),
    put: (store, record) => insert(store, record),
    add: (store, record) =>
      insert(store, record, (table, key) => {
        if (table.get(key) !== undefined) throw new RecordExists(`${store} has ${JSON.stringify(key)}.`)
      }),
    delete: (store, keyOrRange) =>
      issue({ kind: 'delete', store }, (table) => {
        const isRange = typeof keyOrRange === 'object' && 'range' in keyOrRange
        if (!isRange) assertKey(keyOrRange)
        for (const key of isRange ? table.keysIn(keyOrRange.range) : [keyOrRange])
          change(store, key, undefined)
      }),
  }

  return {
    requests,
    changes,
    finish: async () => {
      await previous
      if (state === 'open') state = 'ended'
      if (failure !== undefined) throw failure.error
    },
    undo,
    keep: () => {
      if (state !== 'dead') state = 'kept'
    },
    kill: () => {
      undo()
      state = 'dead'
    },
  }
}

function tryCopy(record: object): { readonly record: object } | { readonly error: ChatkeepError } {
  try {
    return { record: copyRecord(record) }
  } catch (cause) {
    const message = 'A record holds something that cannot be cloned. Nothing was written; store plain data.'
    return { error: new ChatkeepError('input/invalid', message, { cause }) }
  }
}

function assertKey(key: unknown): asserts key is Key {
  if (!isKey(key))
    throw new ChatkeepError('input/invalid', 'A key must be a number, a text or an array of them.')
}
