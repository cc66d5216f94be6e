import { spawn } from 'node:child_process'
import { StartFailure } from '../start-failure.ts'

const SCHEMAS = ['chatkeep', 'chatkeep_auth']
/** What the server calls its connections, so that a restore can see that one is there. */
export const APPLICATION_NAME = 'chatkeep'

const MAX_CHECKS = 20

/** Both schemas in PostgreSQL's own format, of one moment. */
export async function dumpPostgres(url: string, file: string): Promise<void> {
  const schemas = SCHEMAS.flatMap((schema) => ['--schema', schema])
  await run('pg_dump', [
    '--format',
    'custom',
    '--no-owner',
    '--no-privileges',
    ...schemas,
    '--file',
    file,
    url,
  ])
}

/** Replaces both schemas in one transaction: all of it, or nothing. */
export async function restorePostgres(url: string, file: string): Promise<void> {
  const { default: pg } = await import('pg')
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    // Tables that are newer than the dump would stay otherwise.
    for (const schema of SCHEMAS) await client.query(`drop schema if exists ${schema} cascade`)
  } finally {
    await client.end()
  }
  await run('pg_restore', ['--single-transaction', '--exit-on-error', '--no-owner', '--dbname', url, file])
}

export async function postgresInUse(url: string): Promise<boolean> {
  const { default: pg } = await import('pg')
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    // Connections that a server has just closed need a moment to be gone.
    for (let check = 1; ; check++) {
      const { rows } = await client.query(
        'select 1 from pg_stat_activity where datname = current_database() and application_name = $1 limit 1',
        [APPLICATION_NAME],
      )
      if (rows.length === 0) return false
      if (check === MAX_CHECKS) return true
      await client.query('select pg_sleep(0.1)')
    }
  } finally {
    await client.end()
  }
}

/** Runs one of PostgreSQL's client programs; `CHATKEEP_POSTGRES_BIN` names their folder when they are not on the path. */
function run(program: string, args: readonly string[]): Promise<void> {
  const folder = process.env.CHATKEEP_POSTGRES_BIN
  return new Promise((resolve, reject) => {
    const child = spawn(folder ? `${folder}/${program}` : program, [...args], {
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    let said = ''
    child.stderr.on('data', (chunk: Buffer) => {
      said = `${said}${chunk.toString()}`.slice(-2_000)
    })
    child.on('error', (error) =>
      reject(
        new StartFailure(
          'server/program-missing',
          `${program} did not start (${error.message}). Nothing was changed. Install PostgreSQL’s client, or set CHATKEEP_POSTGRES_BIN.`,
        ),
      ),
    )
    child.on('close', (code) =>
      code === 0
        ? resolve()
        : reject(new StartFailure('server/program-failed', `${program} failed: ${said.trim()}`)),
    )
  })
}
