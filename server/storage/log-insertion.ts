import { type CompiledQuery, sql } from 'kysely'
import type { Queries } from './engine.ts'
import type { LogTable } from './schema.ts'
import { statement } from './statement.ts'

/** The log's columns with their types. */
const TYPE_BY_COLUMN = {
  space: 'text',
  seq: 'bigint',
  id: 'text',
  conversation_id: 'text',
  kind: 'text',
  register: 'text',
  stamp: 'bigint',
  links: 'text',
  body: 'text',
  bytes: 'bigint',
  digest: 'text',
  received_at: 'bigint',
  live: 'bigint',
  born: 'bigint',
} as const satisfies Record<keyof LogTable, string>
const COLUMNS = Object.keys(TYPE_BY_COLUMN) as (keyof LogTable)[]

/**
 * Adds rows to the log. PostgreSQL takes them as one array per column, one short statement for any number of rows; SQLite, which
 * is asked without a way there and back, row by row.
 */
export function logInsertion(queries: Queries, rows: readonly LogTable[]): readonly CompiledQuery[] {
  const { db } = queries
  if (queries.kind === 'memory') {
    return rows.map((row) => {
      const values = COLUMNS.map((column) => [column, row[column]] as const)
      return statement(
        queries,
        'log row',
        values.map(([, value]) => value),
        () => db.insertInto('log').values(Object.fromEntries(values) as LogTable),
      ).compile()
    })
  }
  const into = db.insertInto('log').columns(COLUMNS)
  if (queries.kind === 'sqlite') {
    return rows.map((row) => {
      const values = COLUMNS.map((column) => row[column])
      return statement(queries, 'log row', values, () =>
        into.expression(sql`values (${sql.join(values)})`),
      ).compile()
    })
  }
  const arrays = COLUMNS.map((column) => rows.map((row) => row[column]))
  const unnested = () =>
    sql.join(COLUMNS.map((column, index) => sql`${arrays[index]}::${sql.raw(TYPE_BY_COLUMN[column])}[]`))
  return [
    statement(queries, 'log rows', arrays, () =>
      into.expression(sql`select * from unnest(${unnested()})`),
    ).compile(),
  ]
}
