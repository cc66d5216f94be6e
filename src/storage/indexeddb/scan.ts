import { wrap } from 'idb'
import type { Range, ScanOptions } from '../../ports/storage.ts'

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
