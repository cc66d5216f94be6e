import type { StoreName, StoreRecords } from './records.ts'

/** A key as IndexedDB orders it: numbers before strings before arrays; strings by UTF-16 units; arrays member by member. */
export type Key = number | string | readonly Key[]

/** Records with `lower ≤ key ≤ upper`; a bound that is left out does not bound, an open bound excludes its own key. */
export type Range = {
  readonly lower?: Key
  readonly upper?: Key
  readonly lowerOpen?: boolean
  readonly upperOpen?: boolean
}

export type ScanOptions = {
  readonly range?: Range
  /** At most this many records. */
  readonly limit?: number
  /** `backward` begins at the greatest key. Default `forward`. */
  readonly direction?: 'forward' | 'backward'
  /** Scan an index of the store instead of its primary key. */
  readonly index?: string
}

/**
 * A transaction lives only as long as it has requests to answer: between its first request and its end, await nothing but
 * its own promises. Requests may be issued in parallel; they are answered in the order of issue.
 */
export interface ReadTransaction {
  get<S extends StoreName>(store: S, key: Key): Promise<StoreRecords[S] | undefined>
  /** Records in key order (or index order, ties by primary key). */
  scan<S extends StoreName>(store: S, options?: ScanOptions): Promise<StoreRecords[S][]>
  count(store: StoreName, range?: Range): Promise<number>
}

/** A record that was to be added is there already. */
export class RecordExists extends Error {
  override readonly name = 'RecordExists'
}

export interface WriteTransaction extends ReadTransaction {
  /**
   * The same object as long as the database is surely the same: what was read under another one may be of a database that was removed and
   * made again. Undefined where a backend cannot tell.
   */
  readonly connection: object | undefined
  /** Inserts or replaces by primary key. Answers the key, which the store made itself where it is autoincremented. */
  put<S extends StoreName>(store: S, record: StoreRecords[S]): Promise<Key>
  /** As `put`, but where a record has that key already the transaction fails, with `RecordExists`. */
  add<S extends StoreName>(store: S, record: StoreRecords[S]): Promise<Key>
  delete(store: StoreName, keyOrRange: Key | { readonly range: Range }): Promise<void>
}

/**
 * `strict`: on disk before `write` resolves, for what is acknowledged as saved or queued. `relaxed`: drafts and caches;
 * survives the process, perhaps not a power cut.
 */
export type Durability = 'strict' | 'relaxed'

/**
 * One database: ordered stores of records under transactions, as `SCHEMA` describes them.
 *
 * Guarantees every backend gives (the contract suite in `chatkeep/testing` checks them):
 * - `write` resolves only after the transaction is complete. Until then nothing may be called written; if `work` throws or
 *   a request fails, nothing of it is there and `write` rejects with that error or a `storage/*` error;
 * - transactions that share a store and of which one writes run one after the other; a reader sees no half transaction;
 * - a record that is there and cannot be read any more (its file is lost, its text is cut) is answered as what its keys tell, without its other
 *   properties; it costs no other record. It can be replaced and deleted;
 * - records are copies: changing one after `put` or after `get` changes nothing stored;
 * - a lost connection is reopened and the transaction tried once more, so `work` may run twice and must have no effect
 *   outside its transaction.
 *
 * Rejects with `storage/unavailable` (cannot be opened), `storage/blocked` (another tab holds an older version for more than
 * 5 s), `storage/quota`, `storage/connection-lost`, `storage/read-only` (a newer build's data), `storage/aborted`,
 * `input/invalid` (a record that cannot be cloned).
 */
export interface Storage {
  readonly kind: 'indexeddb' | 'local-storage' | 'memory'
  readonly name: string
  read<T>(stores: readonly StoreName[], work: (tx: ReadTransaction) => Promise<T>): Promise<T>
  write<T>(
    stores: readonly StoreName[],
    durability: Durability,
    work: (tx: WriteTransaction) => Promise<T>,
  ): Promise<T>
  /** Ends the connection; running transactions finish. Later calls reject with `storage/unavailable`. */
  close(): Promise<void>
}

/** Opens and removes databases of one backend. */
export interface StorageFactory {
  readonly kind: Storage['kind']
  /** Opens a database. With `create: false` a database that does not exist rejects with `input/not-found` and is not made. */
  open(name: string, options?: { readonly create?: boolean }): Promise<Storage>
  /** Deletes a database; one that does not exist is no error. */
  remove(name: string): Promise<void>
  /** Names of the databases that exist, where the backend can tell. */
  list(): Promise<readonly string[]>
}
