import type { MutationRecord, StoreName, StoreRecords } from '../ports/records.ts'
import type { Key, ScanOptions, WriteTransaction } from '../ports/storage.ts'

/** A transaction that is told beforehand what will be read, so that all of it is asked for in one round trip. */
export type ReadAhead = WriteTransaction & {
  willGet<S extends StoreName>(store: S, key: Key): void
  willScan<S extends StoreName>(store: S, options: ScanOptions): void
}

/**
 * Each request costs a round trip to the browser process, 0.15–0.3 ms: what a command surely reads is asked for at its start, all at
 * once. A read that was announced gets that answer, unless something was written to the store since.
 */
export function withReadAhead(tx: WriteTransaction): ReadAhead {
  const answers = new Map<string, Promise<unknown>>()

  function announce(name: string, read: () => Promise<unknown>): void {
    if (answers.has(name)) return
    const answer = read()
    answer.catch(() => {}) // Whoever reads it hears of the failure; what nobody reads fails the transaction all the same.
    answers.set(name, answer)
  }

  const getName = (store: StoreName, key: Key) => `${store} get ${JSON.stringify(key)}`
  const scanName = (store: StoreName, options: ScanOptions) => `${store} scan ${JSON.stringify(options)}`

  function forget(store: StoreName): void {
    for (const name of answers.keys()) if (name.startsWith(`${store} `)) answers.delete(name)
  }

  return {
    willGet: (store, key) => announce(getName(store, key), () => tx.get(store, key)),
    willScan: (store, options) => announce(scanName(store, options), () => tx.scan(store, options)),
    get: (store, key) =>
      (answers.get(getName(store, key)) as Promise<StoreRecords[typeof store] | undefined> | undefined) ??
      tx.get(store, key),
    scan: (store, options = {}) =>
      (answers.get(scanName(store, options)) as Promise<StoreRecords[typeof store][]> | undefined) ??
      tx.scan(store, options),
    count: (store, range) => tx.count(store, range),
    put: (store, record) => {
      if (store === 'mutations') answers.delete(getName(store, (record as MutationRecord).mutationId))
      else forget(store)
      return tx.put(store, record)
    },
    delete: (store, keyOrRange) => {
      forget(store)
      return tx.delete(store, keyOrRange)
    },
  }
}
