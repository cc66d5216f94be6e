import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { BetterAuthOptions } from 'better-auth'
import { PostgresDialect } from 'kysely'
import { APPLICATION_NAME } from '../backup/postgres-dump.ts'
import { isPostgresUrl } from '../storage/open-storage.ts'

export type AuthDatabase = {
  readonly database: NonNullable<BetterAuthOptions['database']>
  /** Runs while no other process is doing the same. */
  exclusively(work: () => Promise<void>): Promise<void>
  close(): Promise<void>
}

/** Any number that no other program uses for its advisory locks. */
const AUTH_MIGRATION_LOCK = 4_207_849_485

/** The accounts' own database: better-auth keeps transactions open across awaits, which the log's one connection must not see. */
export async function openAuthDatabase(url: string, schema = 'chatkeep_auth'): Promise<AuthDatabase> {
  return isPostgresUrl(url) ? openPostgres(url, schema) : openSqlite(url.replace(/^sqlite:/, ''))
}

function openSqlite(path: string): AuthDatabase {
  if (path !== ':memory:') mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  const database = new DatabaseSync(path)
  database.exec(
    'pragma busy_timeout = 5000; pragma journal_mode = wal; pragma synchronous = full; pragma secure_delete = on',
  )
  return {
    database,
    // One process owns the file.
    exclusively: (work) => work(),
    async close() {
      database.close()
    },
  }
}

async function openPostgres(url: string, schema: string): Promise<AuthDatabase> {
  const { default: pg } = await import('pg')
  const pool = new pg.Pool({ connectionString: url, application_name: APPLICATION_NAME, max: 5 })
  // Errors of idle connections: the pool drops the connection and opens another one when it is needed.
  pool.on('error', () => {})
  // Errors of busy ones: their query rejects. Without a listener they would end the process.
  pool.on('connect', (client) => void client.on('error', () => {}))
  return {
    database: {
      dialect: new PostgresDialect({ pool }),
      type: 'postgres',
      schemaName: schema,
      transaction: true,
    },
    async exclusively(work) {
      const client = await pool.connect()
      try {
        await client.query('select pg_advisory_lock($1)', [AUTH_MIGRATION_LOCK])
        await work()
      } finally {
        await client.query('select pg_advisory_unlock($1)', [AUTH_MIGRATION_LOCK])
        client.release()
      }
    },
    close: () => pool.end(),
  }
}
