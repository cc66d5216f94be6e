import { wrap } from 'idb'
import type { Key, Range, ScanOptions } from '../../ports/storage.ts'
import { compareKeys } from '../keys.ts'

/** A range for IndexedDB; undefined when nothing bounds it. The caller has excluded empty ranges, which the constructor refuses. */
export function toKeyRange(range: Range | undefined): IDBKeyRange | undefined {
  const { lower, upper, lowerOpen = false, upperOpen = false } = range ?? {}
  if (lower !== undefined && upper !== undefined) return IDBKeyRange.bound(lower, upper, lowerOpen, upperOpen)
  if (lower !== undefined) return IDBKeyRange.lowerBound(lower, lowerOpen)
  if (upper !== undefined) return IDBKeyRange.upperBound(upper, upperOpen)
  return undefined
}

/** Records of a store or index in order, in one request where the engine can. */
export function scanRecords(source: IDBObjectStore | IDBIndex, options: ScanOptions): Promise<unknown[]> {
  const query = toKeyRange(options.range)
  const limit = options.limit === Number.POSITIVE_INFINITY ? undefined : options.limit
  if (options.direction !== 'backward') return wrap<unknown[]>(source.getAll(query, limit))
  if (canReadBackward(source)) {
    return wrap<unknown[]>(
      source.getAll({ direction: 'prev', ...(query && { query }), ...(limit && { count: limit }) }),
    )
  }
  if (limit === undefined) return wrap<unknown[]>(source.getAll(query)).then((records) => records.reverse())
  return walkBackward(source, query, limit)
}

/** Primary keys of what `scanRecords` reads, in its order. */
export async function scanKeys(
  source: IDBObjectStore | IDBIndex,
  { range, limit, direction }: ScanOptions,
): Promise<Key[]> {
  const keys = (await wrap(source.getAllKeys(toKeyRange(range)))) as Key[]
  if (direction === 'backward') keys.reverse()
  return keys.slice(0, limit)
}

/** What a record is filed under in an index; undefined where it is left out. */
export function keyInIndex(index: IDBIndex, primaryKey: Key): Promise<Key | undefined> {
  return new Promise((resolve, reject) => {
    const request = index.openKeyCursor()
    request.addEventListener('error', () => reject(request.error))
    request.addEventListener('success', () => {
      const cursor = request.result
      if (cursor === null) resolve(undefined)
      else if (compareKeys(cursor.primaryKey as Key, primaryKey) === 0) resolve(cursor.key as Key)
      else cursor.continue()
    })
  })
}

type ReadsBackward = {
  getAll(options: { query?: IDBKeyRange; count?: number; direction: 'prev' }): IDBRequest<unknown[]>
}

/** The options of `getAll` came together with `getAllRecords`; engines without them would take the options for a key. */
function canReadBackward(source: object): source is ReadsBackward {
  return 'getAllRecords' in source
}

function walkBackward(
  source: IDBObjectStore | IDBIndex,
  query: IDBKeyRange | undefined,
  limit: number,
): Promise<unknown[]> {
  return new Promise((resolve, reject) => {
    const records: unknown[] = []
    const request = source.openCursor(query, 'prev')
    request.addEventListener('error', () => reject(request.error))
    request.addEventListener('success', () => {
      const cursor = request.result
      if (cursor !== null) records.push(cursor.value)
      if (cursor === null || records.length === limit) resolve(records)
      else cursor.continue()
    })
  })
}
