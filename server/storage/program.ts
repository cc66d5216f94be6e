import type { Compilable, CompiledQuery } from 'kysely'

/** A row as the database gave it. */
export type Row = Readonly<Record<string, unknown>>

/**
 * A piece of database work as a generator that yields queries and receives their rows. The same program runs without an
 * await on SQLite (so that a transaction on the one connection cannot be interleaved) and asynchronously on PostgreSQL.
 * Queries that are yielded together run in their order, and cost one way to the database and back. After a step that only writes,
 * a program may be taken up again before the database has answered: an error of such a step need not be thrown at its place.
 */
export type Program<Result> = Generator<readonly CompiledQuery[], Result, readonly (readonly Row[])[]>

/** All rows of a query. */
export function* rowsOf<Output>(query: Compilable<Output>): Program<readonly Output[]> {
  const [rows]: readonly unknown[] = yield [query.compile() as CompiledQuery]
  return rows as readonly Output[]
}

/** Runs statements whose rows nobody needs, in their order. */
export function* runAll(queries: readonly CompiledQuery[]): Program<void> {
  if (queries.length > 0) yield queries
}

/**
 * Runs programs side by side: the first queries of all together, in the order of the programs, then all second ones, and
 * so on. So what a program asks first sees what the first step of those before it wrote.
 */
export function* together<Results extends readonly unknown[]>(
  ...programs: { readonly [Index in keyof Results]: Program<Results[Index]> }
): Program<Results> {
  const running = programs as readonly Program<unknown>[]
  const steps = running.map((program) => program.next())
  for (;;) {
    const queries = steps.flatMap((step) => (step.done === true ? [] : step.value))
    if (queries.length === 0) break
    const answers = yield queries
    let taken = 0
    for (const [index, program] of running.entries()) {
      const step = steps[index]
      if (step === undefined || step.done === true) continue
      const from = taken
      taken += step.value.length
      steps[index] = program.next(answers.slice(from, taken))
    }
  }
  return steps.map((step) => step.value) as unknown as Results
}

/** The first row of a query, or undefined. */
export function* firstOf<Output>(query: Compilable<Output>): Program<Output | undefined> {
  const rows = yield* rowsOf(query)
  return rows[0]
}

/** Runs a program to its end without an await. An error of a query is thrown here; the program does not go on. */
export function runNow<Result>(
  program: Program<Result>,
  execute: (query: CompiledQuery) => readonly Row[],
): Result {
  let step = program.next()
  while (step.done !== true) step = program.next(step.value.map(execute))
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
