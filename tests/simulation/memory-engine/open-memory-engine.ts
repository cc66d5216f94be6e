import {
  type CompiledQuery,
  DeleteQueryNode,
  DummyDriver,
  InsertQueryNode,
  Kysely,
  type QueryCompiler,
  SelectQueryNode,
  SqliteAdapter,
  SqliteIntrospector,
  UpdateQueryNode,
} from 'kysely'
import { createChangeHub } from '../../../server/storage/change-hub.ts'
import type { Engine, Queries } from '../../../server/storage/engine.ts'
import { type Row as Answer, runNow } from '../../../server/storage/program.ts'
import type { ServerSchema } from '../../../server/storage/schema.ts'
import { insert, remove, type Swap, update } from './change.ts'
import { unknownNode } from './expression.ts'
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
  const queries: Queries = { db: withoutSql(), kind: 'memory' }
  let changes: {
    readonly table: Table
    readonly before: Row | undefined
    readonly after: Row | undefined
  }[] = []

  const swap: Swap = (table, before, after) => {
    table.swap(before, after)
    changes.push({ table, before, after })
  }

  function execute({ query, parameters }: CompiledQuery): readonly Answer[] {
    if (SelectQueryNode.is(query)) return compileSelect(tables, query, scopeOf(tables))([])
    if (InsertQueryNode.is(query)) insert(tables, query, parameters, swap)
    else if (UpdateQueryNode.is(query)) update(tables, query, swap)
    else if (DeleteQueryNode.is(query)) remove(tables, query, swap)
    else throw unknownNode('a query', query)
    return []
  }

  return {
    queries,
    async read(program) {
      return runNow(program(queries), execute)
    },
    async write(program) {
      changes = []
      try {
        return runNow(program(queries), execute)
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
