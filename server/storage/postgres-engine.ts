import { Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'
import { APPLICATION_NAME } from '../backup/postgres-dump.ts'
import type { Engine, Queries } from './engine.ts'
import { MIGRATIONS, postgresDdl } from './migrations.ts'
import { createPostgresLine } from './postgres-line.ts'
import { type Connection, readInTransaction, writeInTransaction } from './postgres-transaction.ts'
import type { Program, Row } from './program.ts'
import type { ServerSchema } from './schema.ts'

const MAX_ATTEMPTS = 5
const RETRYABLE = new Set(['40001', '40P01'])
/** Any number that no other program uses for its advisory locks. */
const MIGRATION_LOCK = 4_207_849_484

/**
 * Every query of ours follows an index, in its order. A planner that has not looked at the log since it was small would rather read
 * all of a space and sort it; and a plan that was kept since then would stay, which is why they are not kept.
 */
const PLANNING = `set plan_cache_mode = force_custom_plan;
  set enable_seqscan = off; set enable_bitmapscan = off; set enable_sort = off`

/**
 * Planning is half of what a small post costs the database. So writes, whose statements look rows up by the whole of a key,
 * keep their plans, but none for long: that of an empty table may read an index from end to end.
 */
const KEEP_PLANS = 'set local plan_cache_mode = force_generic_plan'
const PLANS_AGE_MS = 10_000

export type PostgresOptions = {
  readonly url: string
  /** Schema that holds the tables; created when missing. */
  readonly schema?: string
  readonly maxConnections?: number
}

/**
 * PostgreSQL, for any number of server processes. Writes are `read committed` and serialised per space by the lock on its
 * row; reads are `repeatable read`. Changes are announced with NOTIFY.
 */
export async function openPostgresEngine(options: PostgresOptions): Promise<Engine> {
  const { url, schema = 'chatkeep', maxConnections = 10 } = options
  if (!/^[a-z_][a-z0-9_]{0,40}$/.test(schema))
    throw new Error(`Not a plain name for a PostgreSQL schema: ${schema}`)
  const pool = new pg.Pool({
    connectionString: url,
    application_name: APPLICATION_NAME,
    max: maxConnections,
    // Queries that do not need each other's answers share one way to the database and back.
    pipeline: true,
    types: { getTypeParser: parserOf },
  })
  // Errors of idle connections: the pool drops the connection and opens another one when it is needed.
  pool.on('error', () => {})
  pool.on('connect', (client) => {
    // Errors of busy ones: their query rejects. Without a listener they would end the process.
    client.on('error', () => {})
    client.query(PLANNING).catch(() => {})
  })
  const root = new Kysely<ServerSchema>({ dialect: new PostgresDialect({ pool }) })
  const plannedAt = new WeakMap<pg.PoolClient, number>()
  const queries: Queries = { db: root.withSchema(schema), kind: 'postgres' }
  const line = createPostgresLine({ url, channel: `${schema}_changed`, pool })
  try {
    await migrate(pool, schema)
    await line.open()
  } catch (error) {
    await Promise.allSettled([line.close(), pool.end()])
    throw error
  }

  async function write<Result>(program: (queries: Queries) => Program<Result>): Promise<Result> {
    const client = await pool.connect()
    let broken: Error | undefined
    try {
      const now = performance.now()
      const isPlanned = now - (plannedAt.get(client) ?? Number.NEGATIVE_INFINITY) < PLANS_AGE_MS
      if (!isPlanned) plannedAt.set(client, now)
      const planning = isPlanned ? KEEP_PLANS : `${KEEP_PLANS}; discard plans`
      return await writeInTransaction(connectionOf(client), planning, program(queries))
    } catch (error) {
      await client.query('rollback').catch((failure: Error) => {
        broken = failure
      })
      throw error
    } finally {
      client.release(broken)
    }
  }

  return {
    queries,
    async read(program) {
      const client = await pool.connect()
      const { result, ended } = readInTransaction(connectionOf(client), program(queries))
      ended.then(
        () => client.release(),
        (failure: Error) => client.release(failure),
      )
      return result
    },
    async write(program) {
      for (let attempt = 1; ; attempt++) {
        try {
          return await write(program)
        } catch (error) {
          const { code } = error as { code?: string }
          if (attempt === MAX_ATTEMPTS || code === undefined || !RETRYABLE.has(code)) throw error
        }
      }
    },
    publish: line.publish,
    subscribe: line.subscribe,
    async close() {
      await line.close()
      await pool.end()
    },
  }
}

function connectionOf(client: pg.PoolClient): Connection {
  const query: Connection['query'] = (message) => client.query<Row>(message)
  return client instanceof pg.Client ? { query, stream: client.connection.stream } : { query }
}

const INT8 = 20

/** Our bigint columns hold integers up to 2^53. */
function parserOf(oid: number, format?: string): (text: string) => unknown {
  if (oid === INT8 && format !== 'binary') return Number
  return pg.types.getTypeParser(oid, format as 'text') as (text: string) => unknown
}

async function migrate(pool: pg.Pool, schema: string): Promise<void> {
  const client = await pool.connect()
  try {
    await client.query('begin')
    await client.query('select pg_advisory_xact_lock($1)', [MIGRATION_LOCK])
    await client.query(`create schema if not exists ${schema}`)
    await client.query(
      `create table if not exists ${schema}.migrations (id bigint primary key, applied_at bigint not null)`,
    )
    const { rows } = await client.query<{ id: number }>(`select id from ${schema}.migrations`)
    const applied = new Set(rows.map((row) => row.id))
    for (const { id, statements } of MIGRATIONS) {
      if (applied.has(id)) continue
      for (const statement of statements(postgresDdl(schema))) await client.query(statement)
      await client.query(`insert into ${schema}.migrations (id, applied_at) values ($1, $2)`, [
        id,
        Date.now(),
      ])
    }
    await client.query('commit')
  } catch (error) {
    await client.query('rollback')
    throw error
  } finally {
    client.release()
  }
}
