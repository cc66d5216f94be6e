import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import {
  type CompiledQuery,
  DummyDriver,
  Kysely,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely'
import { createChangeHub } from './change-hub.ts'
import type { Engine, Queries } from './engine.ts'
import { MIGRATIONS, SQLITE_DDL } from './migrations.ts'
import { type Row, runNow } from './program.ts'
import type { ServerSchema } from './schema.ts'
import { createGroupedWrites, inTransaction } from './sqlite-writes.ts'

const STATEMENT_CACHE_SIZE = 200
/** A checkpoint each 16 MiB instead of 4 writes a page that many operations touch less often; 64 MiB of pages in memory. */
export const SQLITE_PRAGMAS = `pragma busy_timeout = 5000; pragma journal_mode = wal; pragma synchronous = full;
  pragma secure_delete = on; pragma wal_autocheckpoint = 4096; pragma cache_size = -65536`

/**
 * SQLite in this process, through `node:sqlite`: one connection, WAL, `synchronous=FULL`, overwritten pages zeroed. Every
 * program runs to its end in one turn of the event loop; writes of the same turn share a transaction. `path` is a file (its folder is created) or `:memory:`.
 */
export function openSqliteEngine(path: string): Engine {
  if (path !== ':memory:') mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  const database = new DatabaseSync(path)
  const statements = new Map<string, StatementSync>()
  const hub = createChangeHub()
  // In memory there is no disk to wait for.
  const grouped = path === ':memory:' ? undefined : createGroupedWrites(database)
  let isClosed = false
  const queries: Queries = { db: compileOnly(), kind: 'sqlite' }

  database.exec(SQLITE_PRAGMAS)
  migrate(database)

  function execute(query: CompiledQuery): readonly Row[] {
    let statement = statements.get(query.sql)
    if (statement === undefined) {
      statement = database.prepare(query.sql)
      if (statements.size >= STATEMENT_CACHE_SIZE) statements.clear()
      statements.set(query.sql, statement)
    }
    return statement.all(...(query.parameters as readonly SQLInputValue[])) as readonly Row[]
  }

  return {
    queries,
    async read(program) {
      return runNow(program(queries), execute)
    },
    async write(program) {
      const work = () => runNow(program(queries), execute)
      return grouped === undefined ? inTransaction(database, work) : grouped.run(work)
    },
    publish(keys) {
      // After the answer is on its way: a listener's work is not part of the request.
      setImmediate(() => keys.forEach(hub.publish))
    },
    subscribe: hub.subscribe,
    async close() {
      if (isClosed) return
      isClosed = true
      grouped?.flush()
      statements.clear()
      database.close()
    },
  }
}

function compileOnly(): Kysely<ServerSchema> {
  return new Kysely<ServerSchema>({
    dialect: {
      createAdapter: () => new SqliteAdapter(),
      createDriver: () => new DummyDriver(),
      createIntrospector: (db) => new SqliteIntrospector(db),
      createQueryCompiler: () => new SqliteQueryCompiler(),
    },
  })
}

function migrate(database: DatabaseSync): void {
  inTransaction(database, () => {
    database.exec(
      'create table if not exists migrations (id integer primary key, applied_at integer not null)',
    )
    const applied = new Set(
      database
        .prepare('select id from migrations')
        .all()
        .map((row) => row.id),
    )
    for (const { id, statements } of MIGRATIONS) {
      if (applied.has(id)) continue
      for (const statement of statements(SQLITE_DDL)) database.exec(statement)
      database.prepare('insert into migrations (id, applied_at) values (?, ?)').run(id, Date.now())
    }
  })
}
