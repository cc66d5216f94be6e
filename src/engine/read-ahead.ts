import type { MutationRecord, StoreName, StoreRecords } from '../ports/records.ts'
import type { Key, ScanOptions, WriteTransaction } from '../ports/storage.ts'

/** What a read will most likely answer. */
export type Guess<T> = { readonly value: T; isRight(answer: T): boolean }

/** A transaction that is told beforehand what will be read, so that all of it is asked for in one round trip. */
export type ReadAhead = WriteTransaction & {
  willGet<S extends StoreName>(store: S, key: Key, guess?: Guess<StoreRecords[S] | undefined>): void
  willScan<S extends StoreName>(store: S, options: ScanOptions, guess?: Guess<StoreRecords[S][]>): void
  /** Whether everything that was guessed is so. Only then may the transaction complete, or a failure of its work be believed. */
  confirm(): Promise<boolean>
}

/**
 * Each request costs a round trip to the browser process, 0.15–0.3 ms: what a command surely reads is asked for at its start, all at
 * once. A read that was announced gets that answer, unless something was written to the store since. Where the answer can be guessed, the
 * work goes on with the guess and its writes follow the reads without a round trip between; `confirm` tells whether it may stand.
 */
export function withReadAhead(tx: WriteTransaction, mayGuess: boolean): ReadAhead {
  const answers = new Map<string, Promise<unknown>>()
  const guesses: Promise<boolean>[] = []

  function announce<T>(name: string, read: () => Promise<T>, guess: Guess<T> | undefined): void {
    if (answers.has(name)) return
    const answer = read()
    answer.catch(() => {}) // Whoever reads it hears of the failure; what nobody reads fails the transaction all the same.
    if (guess === undefined || !mayGuess) {
      answers.set(name, answer)
      return
    }
    answers.set(name, Promise.resolve(guess.value))
    const confirmed = answer.then((given) => guess.isRight(given))
    confirmed.catch(() => {})
    guesses.push(confirmed)
  }

  const getName = (store: StoreName, key: Key) => `${store} get ${JSON.stringify(key)}`
  const scanName = (store: StoreName, options: ScanOptions) => `${store} scan ${JSON.stringify(options)}`

  function forget(store: StoreName): void {
    for (const name of answers.keys()) if (name.startsWith(`${store} `)) answers.delete(name)
  }

  return {
    willGet: (store, key, guess) => announce(getName(store, key), () => tx.get(store, key), guess),
    willScan: (store, options, guess) =>
      announce(scanName(store, options), () => tx.scan(store, options), guess),
    confirm: async () => (await Promise.all(guesses)).every((isRight) => isRight),
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
