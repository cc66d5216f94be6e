import type { Compilable, CompiledQuery } from 'kysely'

/** A row as the database gave it. */
export type Row = Readonly<Record<string, unknown>>

/**
 * A piece of database work as a generator that yields queries and receives their rows. The same program runs without an
 * await on SQLite (so that a transaction on the one connection cannot be interleaved) and asynchronously on PostgreSQL.
 */
export type Program<Result> = Generator<CompiledQuery, Result, readonly Row[]>

/** All rows of a query. */
export function* rowsOf<Output>(query: Compilable<Output>): Program<readonly Output[]> {
  const rows: unknown = yield query.compile() as CompiledQuery
  return rows as readonly Output[]
}

/** The first row of a query, or undefined. */
export function* firstOf<Output>(query: Compilable<Output>): Program<Output | undefined> {
  const rows = yield* rowsOf(query)
  return rows[0]
}

/** Runs a program to its end without an await; an error of a query is thrown inside the program. */
export function runNow<Result>(
  program: Program<Result>,
  execute: (query: CompiledQuery) => readonly Row[],
): Result {
  let step = program.next()
  while (step.done !== true) step = program.next(execute(step.value))
  return step.value
}

/** Runs a program to its end, one query after the other. */
export async function runAsync<Result>(
  program: Program<Result>,
  execute: (query: CompiledQuery) => Promise<readonly Row[]>,
): Promise<Result> {
  let step = program.next()
  while (step.done !== true) step = program.next(await execute(step.value))
  return step.value
}

/** Most values in one `in (…)`: both databases cap the parameters of a statement. */
export const CHUNK = 1_000

/** Splits a list so that no statement gets more parameters than a database takes. */
export function chunksOf<Item>(items: readonly Item[], size = CHUNK): readonly (readonly Item[])[] {
  const chunks: (readonly Item[])[] = []
  for (let start = 0; start < items.length; start += size) chunks.push(items.slice(start, start + size))
  return chunks
}
