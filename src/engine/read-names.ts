import type { StoreName, StoreRecords } from '../ports/records.ts'
import type { Key, ScanOptions } from '../ports/storage.ts'

/** What a read is remembered by. It begins with `namesOf` its store. */
export const nameOfGet = (store: StoreName, key: Key): string => `${store} get ${JSON.stringify(key)}`
export const nameOfScan = (store: StoreName, options: ScanOptions): string =>
  `${store} scan ${JSON.stringify(options)}`

/** What the names of all reads of a store begin with, or of all its scans. */
export const namesOf = (store: StoreName): string => `${store} `
export const scansOf = (store: StoreName): string => `${store} scan `

type Keys = { readonly [S in StoreName]?: (record: StoreRecords[S]) => Key }

const KEYS: Keys = {
  conversations: (record) => record.id,
  seen: (record) => [record.conversationId, record.register],
  settings: (record) => record.name,
  sync_metadata: (record) => record.key,
  mutations: (record) => record.mutationId,
}

/** The name under which a record is read, for stores of which single records are asked for beforehand. */
export function nameOfRecord<S extends StoreName>(store: S, record: StoreRecords[S]): string | undefined {
  const key = KEYS[store]?.(record)
  return key === undefined ? undefined : nameOfGet(store, key)
}
