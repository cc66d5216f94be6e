import {
  DeleteQueryNode,
  DummyDriver,
  InsertQueryNode,
  Kysely,
  type OperationNode,
  type QueryCompiler,
  type RootOperationNode,
  SelectQueryNode,
  SqliteAdapter,
  SqliteIntrospector,
  UpdateQueryNode,
} from 'kysely'
import { createChangeHub } from '../../../server/storage/change-hub.ts'
import type { Engine, Queries } from '../../../server/storage/engine.ts'
import { type Row as Answer, runNow } from '../../../server/storage/program.ts'
import type { ServerSchema } from '../../../server/storage/schema.ts'
import type { Statement } from '../../../server/storage/statement.ts'
import { compileInsert, compileRemove, compileUpdate, type Swap } from './change.ts'
import { unknownNode } from './expression.ts'
import { noParameters, type Parameters, parametersOf } from './parameters.ts'
import { compileSelect, scopeOf } from './select.ts'
import type { Row, Table } from './table.ts'
import { createTables } from './tables.ts'

/**
 * An engine that runs the server's programs on arrays: it executes the query builder's trees themselves. For simulations, where a
 * database in the process is too slow; it knows what the programs use, throws for anything else, and passes the contract suite.
 */
export function openMemoryEngine(): Engine {
  const tables = createTables()
  const hub = createChangeHub()
  const plans = new WeakMap<OperationNode, Run>()
  let changes: {
    readonly table: Table
    readonly before: Row | undefined
    readonly after: Row | undefined
  }[] = []

  const swap: Swap = (table, before, after) => {
    table.swap(before, after)
    changes.push({ table, before, after })
  }

  /** What a statement with a name does is worked out once. */
  function execute({ query, name, parameters }: Statement): readonly Answer[] {
    if (name === undefined) return compile(query, noParameters())([])
    const known = plans.get(query)
    if (known !== undefined) return known(parameters)
    const run = compile(query, parametersOf(query, name, parameters))
    plans.set(query, run)
    return run(parameters)
  }

  function compile(query: RootOperationNode, parameters: Parameters): Run {
    if (SelectQueryNode.is(query)) {
      const find = compileSelect(tables, query, scopeOf(tables, parameters))
      return (given) => {
        parameters.given = given
        return find([])
      }
    }
    const change = compileChange(query, parameters)
    return (given) => {
      parameters.given = given
      change(given)
      return []
    }
  }

  function compileChange(
    query: RootOperationNode,
    parameters: Parameters,
  ): (given: readonly unknown[]) => void {
    if (InsertQueryNode.is(query)) return compileInsert(tables, query, swap)
    if (UpdateQueryNode.is(query)) return compileUpdate(tables, query, parameters, swap)
    if (DeleteQueryNode.is(query)) return compileRemove(tables, query, parameters, swap)
    throw unknownNode('a query', query)
  }

  return {
    queries: QUERIES,
    async read(program) {
      return runNow(program(QUERIES), execute)
    },
    async write(program) {
      changes = []
      try {
        return runNow(program(QUERIES), execute)
      } catch (error) {
        for (const { table, before, after } of changes.reverse()) table.swap(after, before)
        throw error
      }
    },
    publish(keys) {
      setImmediate(() => keys.forEach(hub.publish))
    },
    subscribe: hub.subscribe,
    async close() {},
  }
}

type Run = (given: readonly unknown[]) => readonly Answer[]

/** Nothing is written as text: the tree of a query is what runs. */
function withoutSql(): Kysely<ServerSchema> {
  const compiler: QueryCompiler = {
    compileQuery: (query, queryId) => ({ query, queryId, sql: '', parameters: [] }),
  }
  return new Kysely<ServerSchema>({
    dialect: {
      createAdapter: () => new SqliteAdapter(),
      createDriver: () => new DummyDriver(),
      createIntrospector: (db) => new SqliteIntrospector(db),
      createQueryCompiler: () => compiler,
    },
  })
}

/** One for all engines: a statement is built once. */
const QUERIES: Queries = { db: withoutSql(), kind: 'memory' }
