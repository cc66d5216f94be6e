import { ChatkeepError } from '../../domain/errors.ts'
import type { StoreSchema } from '../../ports/schema.ts'
import type { Key, Range, ScanOptions } from '../../ports/storage.ts'
import { compareKeys, extractKey } from '../keys.ts'
import { findRow, type Row, rowsInRange } from './sorted-rows.ts'

/** One store in memory: rows sorted by primary key, and per index rows sorted by its key. Holds records, copies nothing. */
export type Table = {
  /** The record under a key; never to be changed by the caller. */
  get(key: Key): object | undefined
  scan(options: ScanOptions): object[]
  count(range: Range | undefined): number
  keysIn(range: Range): Key[]
  /** The primary key of a record that is about to be put. Gives an autoincremented one its key, in the record itself. */
  keyOf(record: object): Key
  /** Puts (or with undefined removes) what is under a key; answers what was there. */
  replace(key: Key, record: object | undefined): object | undefined
  /** The last key that was made here; autoincrement goes on after it, also when records are deleted. */
  sequence: number
}

type Index = { readonly keyPath: string | readonly string[]; readonly rows: Row[] }

/** An empty table as the schema describes it. */
export function createTable(schema: StoreSchema): Table {
  const rows: Row[] = []
  const indexes = new Map<string, Index>(
    Object.entries(schema.indexes ?? {}).map(([name, keyPath]) => [name, { keyPath, rows: [] }]),
  )

  function rowsOf(index: string | undefined): readonly Row[] {
    if (index === undefined) return rows
    const found = indexes.get(index)
    if (found === undefined) throw new ChatkeepError('internal', `There is no index ${index}.`)
    return found.rows
  }

  function put(into: Row[], sortKey: Key, key: Key, record: object): void {
    const position = findRow(into, sortKey, key)
    const existing = into[position]
    if (existing !== undefined) existing.record = record
    else into.splice(-position - 1, 0, { sortKey, key, record })
  }

  function remove(from: Row[], sortKey: Key, key: Key): void {
    const position = findRow(from, sortKey, key)
    if (position >= 0) from.splice(position, 1)
  }

  const table: Table = {
    sequence: 0,
    get: (key) => rows[findRow(rows, key, key)]?.record,
    scan: ({ range, limit, direction, index }) => {
      const sorted = rowsOf(index)
      const [start, end] = rowsInRange(sorted, range)
      const wanted = Math.min(limit ?? Number.POSITIVE_INFINITY, end - start)
      if (direction !== 'backward') return sorted.slice(start, start + wanted).map((row) => row.record)
      return sorted
        .slice(end - wanted, end)
        .reverse()
        .map((row) => row.record)
    },
    count: (range) => {
      const [start, end] = rowsInRange(rows, range)
      return end - start
    },
    keysIn: (range) => rows.slice(...rowsInRange(rows, range)).map((row) => row.key),
    keyOf: (record) => {
      const { keyPath, autoIncrement } = schema
      const isNumbered =
        autoIncrement === true && typeof keyPath === 'string' && !Object.hasOwn(record, keyPath)
      if (isNumbered) Object.assign(record, { [keyPath]: ++table.sequence })
      const key = extractKey(record, keyPath)
      if (key === undefined) throw withoutKey(keyPath)
      if (autoIncrement === true && typeof key === 'number')
        table.sequence = Math.max(table.sequence, Math.floor(key))
      return key
    },
    replace: (key, record) => {
      const before = table.get(key)
      if (record === undefined) remove(rows, key, key)
      else put(rows, key, key, record)
      for (const { keyPath, rows: indexRows } of indexes.values()) {
        const oldKey = before === undefined ? undefined : extractKey(before, keyPath)
        const newKey = record === undefined ? undefined : extractKey(record, keyPath)
        const isMoved = oldKey !== undefined && (newKey === undefined || compareKeys(oldKey, newKey) !== 0)
        if (isMoved) remove(indexRows, oldKey, key)
        if (newKey !== undefined && record !== undefined) put(indexRows, newKey, key, record)
      }
      return before
    },
  }
  return table
}

function withoutKey(keyPath: string | readonly string[]): ChatkeepError {
  const path = typeof keyPath === 'string' ? keyPath : keyPath.join(', ')
  return new ChatkeepError('input/invalid', `A record has no valid key under ${path}. Nothing was written.`)
}
