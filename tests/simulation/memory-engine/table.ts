import type { ServerSchema } from '../../../server/storage/schema.ts'

export type Value = string | number | null
/** Never changed in place: a change puts another row in its stead. */
export type Row = Readonly<Record<string, Value>>

/** Rows in the order of some columns. */
export type Index = {
  readonly columns: readonly string[]
  /** Which rows may not share their columns with another one. */
  readonly isUnique: (row: Row) => boolean
  readonly rows: Row[]
}

/** One table: its rows in the order of each of its indexes, the first of which is the primary key. */
export type Table = {
  readonly name: keyof ServerSchema
  readonly columns: readonly string[]
  readonly indexes: readonly Index[]
  /** What a new row has where nothing is said. */
  readonly defaults: Row
  /** The row that a new one may not stand beside. */
  conflictOf(row: Row): Row | undefined
  /** Takes a row out, puts one in, or both; throws when that breaks a unique index. */
  swap(before: Row | undefined, after: Row | undefined): void
}

export type TableShape = {
  readonly columns: readonly string[]
  readonly defaults?: Row
  readonly key: readonly string[]
  readonly indexes?: readonly {
    readonly columns: readonly string[]
    readonly isUnique?: (row: Row) => boolean
  }[]
}

export function createTable(name: keyof ServerSchema, shape: TableShape): Table {
  const { columns, key } = shape
  const never = () => false
  const indexes: readonly Index[] = [
    { columns: key, isUnique: () => true, rows: [] },
    ...(shape.indexes ?? []).map((index) => ({ isUnique: never, ...index, rows: [] })),
  ]
  const empty = Object.fromEntries(columns.map((column) => [column, null]))

  function conflictOf(row: Row): Row | undefined {
    for (const index of indexes) {
      if (!index.isUnique(row)) continue
      const values = index.columns.map((column) => row[column] as Value)
      const found = rowsWith(index, values).find((other) => index.isUnique(other))
      if (found !== undefined) return found
    }
    return undefined
  }

  return {
    name,
    columns,
    indexes,
    defaults: { ...empty, ...shape.defaults },
    conflictOf,
    swap(before, after) {
      if (before !== undefined) for (const index of indexes) takeOut(index, before)
      if (after === undefined) return
      const conflict = conflictOf(after)
      if (conflict !== undefined) {
        if (before !== undefined) for (const index of indexes) putIn(index, before)
        throw new Error(`A row of ${name} is there already.`)
      }
      for (const index of indexes) putIn(index, after)
    },
  }
}

/** Rows whose first columns have these values and whose next one lies within the bounds. */
export function rowsWith(
  index: Index,
  values: readonly Value[],
  bounds: { readonly from?: Bound | undefined; readonly to?: Bound | undefined } = {},
): readonly Row[] {
  const { columns, rows } = index
  const next = columns[values.length] ?? ''
  const { from, to } = bounds
  const start = firstWhere(rows, (row) => {
    const order = compareFirst(row, columns, values)
    if (order !== 0 || from === undefined) return order >= 0
    const inside = compareValues(row[next] as Value, from.value)
    return from.isOpen ? inside > 0 : inside >= 0
  })
  const end = firstWhere(rows, (row) => {
    const order = compareFirst(row, columns, values)
    if (order !== 0 || to === undefined) return order > 0
    const inside = compareValues(row[next] as Value, to.value)
    return to.isOpen ? inside >= 0 : inside > 0
  })
  return start === 0 && end === rows.length ? rows : rows.slice(start, end)
}

export type Bound = { readonly value: Value; readonly isOpen: boolean }

function putIn({ columns, rows }: Index, row: Row): void {
  const values = columns.map((column) => row[column] as Value)
  rows.splice(
    firstWhere(rows, (other) => compareFirst(other, columns, values) > 0),
    0,
    row,
  )
}

function takeOut({ columns, rows }: Index, row: Row): void {
  const values = columns.map((column) => row[column] as Value)
  const start = firstWhere(rows, (other) => compareFirst(other, columns, values) >= 0)
  rows.splice(rows.indexOf(row, start), 1)
}

/** The first row for which the test holds; it holds for all rows after it. */
function firstWhere(rows: readonly Row[], test: (row: Row) => boolean): number {
  let low = 0
  let high = rows.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (test(rows[middle] as Row)) high = middle
    else low = middle + 1
  }
  return low
}

function compareFirst(row: Row, columns: readonly string[], values: readonly Value[]): number {
  for (let index = 0; index < values.length; index++) {
    const order = compareValues(row[columns[index] as string] as Value, values[index] as Value)
    if (order !== 0) return order
  }
  return 0
}

/** Nothing before numbers before texts, and texts by their bytes in UTF-8, as the databases order them. */
export function compareValues(a: Value, b: Value): number {
  if (a === b) return 0
  if (a === null) return -1
  if (b === null) return 1
  if (typeof a === 'number') return typeof b === 'number' ? a - b : -1
  if (typeof b === 'number') return 1
  let at = 0
  while (a.charCodeAt(at) === b.charCodeAt(at)) at += 1
  const [ours, theirs] = [a.charCodeAt(at), b.charCodeAt(at)]
  if (Number.isNaN(ours)) return -1
  if (Number.isNaN(theirs)) return 1
  return placeOfUnit(ours) - placeOfUnit(theirs)
}

/** Halves of a pair stand for what comes after all single units. */
const placeOfUnit = (unit: number) => (unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit)
