import type { Key, Range } from '../../ports/storage.ts'
import { compareKeys } from '../keys.ts'

/** A record under its primary key, and under the key by which its array is sorted (the same, or an index's). */
export type Row = { readonly sortKey: Key; readonly key: Key; record: object }

/** Order of rows: by the key they are sorted by, ties by primary key. */
function compareToRow(sortKey: Key, key: Key, row: Row): number {
  const order = compareKeys(sortKey, row.sortKey)
  return order !== 0 ? order : compareKeys(key, row.key)
}

/** Where a row with these keys is, or with a negative answer `-(position + 1)` where it would be inserted. */
export function findRow(rows: readonly Row[], sortKey: Key, key: Key): number {
  let low = 0
  let high = rows.length
  // Most writes append: look at the end first.
  const last = rows[high - 1]
  if (last === undefined || compareToRow(sortKey, key, last) > 0) return -(high + 1)
  while (low < high) {
    const middle = (low + high) >>> 1
    const order = compareToRow(sortKey, key, rows[middle] as Row)
    if (order === 0) return middle
    if (order < 0) high = middle
    else low = middle + 1
  }
  return -(low + 1)
}

/** Positions `[start, end)` of the rows whose sort key lies in the range. */
export function rowsInRange(
  rows: readonly Row[],
  range: Range | undefined,
): readonly [start: number, end: number] {
  const { lower, upper, lowerOpen = false, upperOpen = false } = range ?? {}
  const start =
    lower === undefined ? 0 : firstRow(rows, (order) => (lowerOpen ? order > 0 : order >= 0), lower)
  const end =
    upper === undefined ? rows.length : firstRow(rows, (order) => (upperOpen ? order >= 0 : order > 0), upper)
  return [start, Math.max(start, end)]
}

/** First row whose order relative to the bound satisfies the test; the test holds for all rows after it too. */
function firstRow(rows: readonly Row[], test: (orderOfRow: number) => boolean, bound: Key): number {
  let low = 0
  let high = rows.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (test(compareKeys((rows[middle] as Row).sortKey, bound))) high = middle
    else low = middle + 1
  }
  return low
}
