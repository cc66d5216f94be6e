import type { Compilable, CompiledQuery } from 'kysely'
import type { Queries } from './engine.ts'

const MAX_TEMPLATES = 200

/** Compiled statements by database, name and number of rows. */
const templatesByQueries = new WeakMap<Queries, Map<string, CompiledQuery>>()

/**
 * The insertion of many rows. Compiling it costs more than running it, and only the values differ: so the statement is
 * built once per `name` and number of rows. `build` must put the values first, and anything else in it must not depend on
 * them.
 */
export function insertionOf<Values extends Readonly<Record<string, unknown>>>(
  queries: Queries,
  name: string,
  rows: readonly Values[],
  build: (rows: readonly Values[]) => Compilable,
): CompiledQuery {
  const templates = templatesByQueries.get(queries) ?? new Map<string, CompiledQuery>()
  templatesByQueries.set(queries, templates)
  const key = `${name} ${rows.length}`
  // Sorted, so that every row fits the template whatever order its members were written in.
  const columns = Object.keys(rows[0] ?? {}).sort()
  let template = templates.get(key)
  if (template === undefined) {
    const ordered = rows.map((row) => Object.fromEntries(columns.map((column) => [column, row[column]])))
    template = build(ordered as unknown as readonly Values[]).compile() as CompiledQuery
    if (templates.size >= MAX_TEMPLATES) templates.clear()
    templates.set(key, template)
  }
  const parameters: unknown[] = []
  for (const row of rows) for (const column of columns) parameters.push(row[column])
  return { ...template, parameters }
}
