import {
  type Compilable,
  type CompiledQuery,
  type Expression,
  expressionBuilder,
  type SelectQueryBuilder,
  sql,
} from 'kysely'
import type { Queries } from './engine.ts'
import type { ServerSchema } from './schema.ts'

/** A query as an engine executes it. One with a name has the same text whenever it has that name: a database may keep it prepared. */
export type Statement = CompiledQuery & { readonly name?: string }

/** A number as part of a statement's text. */
export function literal(number: number): Expression<number> {
  return expressionBuilder<ServerSchema>().lit(number)
}

/** Compiled statements by database and name. */
const templatesByQueries = new WeakMap<Queries, Map<string, CompiledQuery>>()

/**
 * A statement that is compiled once: compiling it costs more than running it, and only the parameters differ. `build` has to
 * use them in the order given, and its text must depend on nothing but `name`. No `select *`: columns may be added while it is prepared.
 */
export function statement<Output>(
  queries: Queries,
  name: string,
  parameters: readonly unknown[],
  build: () => Compilable<Output>,
): Compilable<Output> {
  return { compile: () => compiled(queries, name, parameters, build) as CompiledQuery<Output> }
}

function compiled(
  queries: Queries,
  name: string,
  parameters: readonly unknown[],
  build: () => Compilable,
): Statement {
  const templates = templatesByQueries.get(queries) ?? new Map<string, CompiledQuery>()
  templatesByQueries.set(queries, templates)
  let template = templates.get(name)
  if (template === undefined) {
    template = build().compile() as CompiledQuery
    const taken = template.parameters
    // An engine without SQL finds them itself.
    const isKnown = queries.kind !== 'memory'
    if (
      isKnown &&
      (taken.length !== parameters.length || taken.some((each, index) => each !== parameters[index]))
    ) {
      throw new Error(`The statement "${name}" takes its parameters in another order: ${template.sql}`)
    }
    templates.set(name, template)
  }
  return { ...template, name, parameters }
}

/**
 * The rows whose `column` is one of some texts: looked up text by text, whatever a planner thinks of the table's size (a plan is made when
 * the log is small, and kept). `rows` are all that the other conditions let through; its parameters are `parameters`.
 */
export function lookUp<Table extends keyof ServerSchema, Output>(
  queries: Queries,
  name: string,
  parameters: readonly unknown[],
  wanted: {
    readonly column: string
    readonly texts: readonly string[]
    readonly rows: () => SelectQueryBuilder<ServerSchema, Table, Output>
  },
): Compilable<Output> {
  const { column, texts, rows } = wanted
  if (queries.kind === 'memory')
    return statement(queries, name, [...parameters, texts], () =>
      rows().where(({ eb, ref }) => eb(ref(column as never), 'in', texts as never)),
    )
  if (queries.kind === 'sqlite') {
    const list = JSON.stringify(texts)
    return statement(queries, name, [...parameters, list], () =>
      rows().where(sql<boolean>`${sql.ref(column)} in (select value from json_each(${list}))`),
    )
  }
  return statement(queries, name, [texts, ...parameters], () => {
    // A limit or an offset keeps a planner from turning the look-ups into a scan and a join.
    const found = rows()
      .where(sql<boolean>`${sql.ref(column)} = wanted.text`)
      .offset(sql.lit(0))
    return queries.db
      .selectFrom(sql<{ text: string }>`unnest(${texts}::text[])`.as<'wanted'>(sql`wanted(text)`))
      .innerJoinLateral(found.as('found'), (join) => join.onTrue())
      .selectAll('found') as unknown as Compilable<Output>
  })
}

/** Written into the text, not a parameter: only then do prepared statements use the indexes that hold live rows alone. */
export const LIVE = literal(1)
/** The same rows for those queries that another index serves: it says too little for a planner to choose those. */
export const NOT_REPLACED = literal(0)
