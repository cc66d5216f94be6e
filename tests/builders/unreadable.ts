import { type IDBFactory, IDBKeyRange } from 'fake-indexeddb'
import type { StoreName } from '../../src/ports/records.ts'
import type { Key } from '../../src/ports/storage.ts'

type Raw = {
  readonly _databases: ReadonlyMap<
    string,
    {
      readonly rawObjectStores: ReadonlyMap<
        string,
        { readonly records: { get(key: unknown): { readonly value: object } | undefined } }
      >
    }
  >
}

/** How Chromium reports a value whose file is gone. */
export const FILE_GONE = () =>
  new DOMException(
    'Data lost due to missing file. Affected record should be considered irrecoverable',
    'NotReadableError',
  )
/** How it reports one whose file is cut. */
export const FILE_CUT = () => new DOMException('Failed to read large IndexedDB value', 'UnknownError')

/**
 * Lets every request fail that reads this record, and with it its transaction, until it is put anew. Keys and indexes can be read, as in a
 * browser.
 */
export function makeUnreadable(
  factory: IDBFactory,
  database: string,
  store: StoreName,
  key: Key,
  failure: () => unknown = FILE_GONE,
): void {
  const raw = (factory as unknown as Raw)._databases.get(database)?.rawObjectStores.get(store)
  const record = raw?.records.get(IDBKeyRange.only(key))
  if (record === undefined) throw new Error(`there is no ${JSON.stringify(key)} in ${store}`)
  // Whoever clones it, to answer a request, meets the failure.
  Object.defineProperty(record.value, 'content', {
    enumerable: true,
    get: () => {
      throw failure()
    },
  })
}
