import type { StoreName } from '../../ports/records.ts'
import type { Key, Range, ScanOptions } from '../../ports/storage.ts'
import { isInRange } from '../keys.ts'

/** A request that was not answered because of something that it would have read. */
export type FailedRead = { readonly store: StoreName } & (
  | { readonly key: Key }
  | { readonly options: ScanOptions }
)

/** Records of which is known, while one transaction is tried, that they cannot be read; and the read that failed first since it began. */
export type LostRecords = {
  failed: FailedRead | undefined
  /** What is answered in their place, by the JSON of their key; a store of which none is lost has none. */
  readonly byStore: Map<StoreName, Map<string, object>>
}

export const noneLost = (): LostRecords => ({ failed: undefined, byStore: new Map() })

/** What a transaction finds when it begins: what it writes over is not lost any more, unless it is undone. */
export function lostAtBegin({ byStore }: LostRecords): LostRecords['byStore'] {
  return byStore.size === 0 ? byStore : new Map([...byStore].map(([store, lost]) => [store, new Map(lost)]))
}

export function lostUnder(byStore: LostRecords['byStore'], store: StoreName, key: Key): object | undefined {
  const lost = byStore.get(store)?.get(JSON.stringify(key))
  return lost === undefined ? undefined : { ...lost }
}

/** Something else was put there, or it was deleted. */
export function forgetLost(
  byStore: LostRecords['byStore'],
  store: StoreName,
  keyOrRange: Key | { readonly range: Range },
): void {
  const lost = byStore.get(store)
  if (lost === undefined) return
  const isRange = typeof keyOrRange === 'object' && 'range' in keyOrRange
  const range = isRange ? keyOrRange.range : { lower: keyOrRange, upper: keyOrRange }
  for (const key of [...lost.keys()]) if (isInRange(JSON.parse(key) as Key, range)) lost.delete(key)
}
