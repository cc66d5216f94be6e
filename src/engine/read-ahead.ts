import type { StoreName, StoreRecords } from '../ports/records.ts'
import { type Key, RecordExists, type ScanOptions, type WriteTransaction } from '../ports/storage.ts'
import { commitAfter, commitAfterOurs, countCommit } from './commits.ts'
import { type Basis, type Findings, isOneOf } from './knowledge.ts'
import { nameOfGet, nameOfRecord, nameOfScan, namesOf, scansOf } from './read-names.ts'

/** A transaction that is told beforehand what will be read, so that all of it is asked for in one round trip, or not at all. */
export type ReadAhead = WriteTransaction & {
  willGet(store: StoreName, key: Key): void
  willScan(store: StoreName, options: ScanOptions): void
  /** A record that this transaction puts, and that is most likely not there yet. */
  willAdd(store: StoreName, key: Key): void
  /** What is known of a record before it is read. */
  known<S extends StoreName>(store: S, key: Key): StoreRecords[S] | undefined
  /** Whether it relies on what was known: if it fails, that may be why. */
  readonly relies: boolean
  /** What it found and left, at the end of its work. */
  findings(): Promise<Findings>
  /** Makes sure, at its very end, of what it relies on. */
  confirm(): Promise<void>
}

function numberOf(tx: WriteTransaction, basis: Basis | undefined, by: string): Promise<number> {
  if (basis === undefined) return countCommit(tx, by)
  return basis.isOnItsWay ? commitAfterOurs(tx, basis.commit, by) : commitAfter(tx, basis.commit, by)
}

/** What is read of these is remembered, whether or not it was announced. */
const SMALL: ReadonlySet<StoreName> = new Set<StoreName>(['settings', 'sync_metadata'])

/**
 * Each request costs a round trip to the browser process, 0.15–0.3 ms: what a command surely reads is asked for at its start, all at
 * once. What this context knows is not asked for at all: then the transaction commits only as the next one after the commit at which it
 * was known, and its writes wait for no answer.
 */
export function withReadAhead(tx: WriteTransaction, basis: Basis | undefined, by: string): ReadAhead {
  const answers = new Map<string, Promise<unknown>>()
  const findings = new Map<string, unknown>()
  const forgotten = new Set<string>()
  const toBeAdded = new Map<string, () => Promise<unknown>>()
  const commit = numberOf(tx, basis, by)
  commit.catch(() => {}) // Told by `confirm`.

  function announce(name: string, read: () => Promise<unknown>): void {
    if (answers.has(name)) return
    if (basis?.answers.has(name) === true && !isOneOf(forgotten, name)) {
      tell(name, basis.answers.get(name))
      return
    }
    const answer = read()
    answers.set(name, answer)
    answer.then(
      (found) => {
        if (answers.get(name) === answer) findings.set(name, found)
      },
      () => {}, // Whoever reads it hears of the failure; what nobody reads fails the transaction all the same.
    )
  }

  function tell(name: string, answer: unknown): void {
    answers.set(name, Promise.resolve(answer))
    findings.set(name, answer)
  }

  function forget(beginning: string): void {
    for (const name of answers.keys()) if (name.startsWith(beginning)) answers.delete(name)
    for (const name of findings.keys()) if (name.startsWith(beginning)) findings.delete(name)
    forgotten.add(beginning)
  }

  function put<S extends StoreName>(store: S, record: StoreRecords[S]): Promise<Key> {
    const name = nameOfRecord(store, record)
    forget(name === undefined ? namesOf(store) : scansOf(store))
    if (name === undefined) return tx.put(store, record)
    forget(name)
    if (store === 'conversations' || SMALL.has(store)) tell(name, record) // The next command needs it.
    return toBeAdded.delete(name) ? tx.add(store, record) : tx.put(store, record)
  }

  return {
    ...tx,
    relies: basis !== undefined,
    willGet: (store, key) => announce(nameOfGet(store, key), () => tx.get(store, key)),
    willScan: (store, options) => announce(nameOfScan(store, options), () => tx.scan(store, options)),
    willAdd(store, key) {
      const name = nameOfGet(store, key)
      const read = () => tx.get(store, key)
      if (basis === undefined || answers.has(name) || basis.answers.has(name)) return announce(name, read)
      answers.set(name, Promise.resolve(undefined))
      toBeAdded.set(name, read)
    },
    known: (store, key) =>
      basis?.answers.get(nameOfGet(store, key)) as StoreRecords[typeof store] | undefined,
    findings: async () => ({
      connection: tx.connection,
      commit: basis === undefined ? await commit : basis.commit + 1,
      forgotten,
      answers: findings,
    }),
    async confirm() {
      for (const read of toBeAdded.values())
        if ((await read()) !== undefined) throw new RecordExists('What was to be added is there.')
      await commit
    },
    get(store, key) {
      const name = nameOfGet(store, key)
      if (SMALL.has(store)) announce(name, () => tx.get(store, key))
      return (
        (answers.get(name) as Promise<StoreRecords[typeof store] | undefined> | undefined) ??
        tx.get(store, key)
      )
    },
    scan: (store, options = {}) =>
      (answers.get(nameOfScan(store, options)) as Promise<StoreRecords[typeof store][]> | undefined) ??
      tx.scan(store, options),
    put,
    delete(store, keyOrRange) {
      forget(namesOf(store))
      return tx.delete(store, keyOrRange)
    },
  }
}
