// Shows that no acknowledged operation is lost when a PostgreSQL primary dies and its synchronous standby is promoted:
//   npm run server:failover-drill              with --operations 400
// Starts a primary and a standby of its own, writes through the real server, kills the primary, promotes, and counts.
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import pg from 'pg'
import { API_BASE, CURSOR_ZERO } from '../src/domain/wire.ts'
import { type DrillWriter, startWriter } from './drill-writer.ts'
import { freePort, type PostgresServer, startPostgres } from './ensure-postgres.ts'
import { startServerProcess } from './server-process.ts'

export type DrillOutcome = {
  /** Operations that the server acknowledged before the primary died. */
  readonly acknowledged: number
  /** Of these, what the promoted standby does not have. Has to be empty. */
  readonly missing: readonly string[]
  /** Whether the server outlived its database, saying that it is not ready. */
  readonly hasSurvived: boolean
  /** What was on its way when the primary died; it was sent again afterwards. */
  readonly unanswered: number
  /** Whether the promoted standby holds everything exactly once after that. */
  readonly isComplete: boolean
}

/** Undefined when this machine has no PostgreSQL. */
export async function runFailoverDrill(options: {
  readonly operations: number
  readonly say?: (text: string) => void
}): Promise<DrillOutcome | undefined> {
  const { operations, say = () => {} } = options
  const primary = await startPostgres({ isDurable: true })
  if (primary === undefined) return undefined
  const standbyPort = await freePort()
  let hasStandby = false
  try {
    say('Copying the primary to a standby that every commit waits for …')
    await makeStandby(primary, standbyPort)
    hasStandby = true
    const before = await startServerProcess(primary.url)
    const writer = await startWriter(before.url)
    await writer.write(operations, () => {
      say('Killing the primary with all its processes …')
      primary.kill()
    })
    const hasSurvived = await saysNotReady(before.url)
    await before.stop()

    say('Promoting the standby, and starting the server on it …')
    await primary.run('pg_ctl', ['-D', 'standby', '-w', 'promote'])
    const after = await startServerProcess(primary.url.replace(`:${primary.port}/`, `:${standbyPort}/`))
    try {
      return { hasSurvived, ...(await judge(after.url, writer)) }
    } finally {
      await after.stop()
    }
  } finally {
    if (hasStandby) await primary.run('pg_ctl', ['-D', 'standby', '-m', 'immediate', '-w', 'stop'])
    await primary.stop()
  }
}

/** What an operator does, too: base backup, start, name it as synchronous, wait until it is. */
async function makeStandby(primary: PostgresServer, port: number): Promise<void> {
  const from = ['-h', '127.0.0.1', '-p', String(primary.port), '-U', 'chatkeep']
  await primary.run('pg_basebackup', [...from, '-D', 'standby', '-R', '-X', 'stream', '-C', '-S', 'standby'])
  const settings = `-p ${port} -c listen_addresses=127.0.0.1 -k . -c max_connections=200`
  await primary.run('pg_ctl', ['-D', 'standby', '-l', join('standby', 'log'), '-o', settings, '-w', 'start'])
  const client = new pg.Client({ connectionString: primary.url })
  await client.connect()
  try {
    await client.query(`alter system set synchronous_standby_names = '*'`)
    await client.query('select pg_reload_conf()')
    for (;;) {
      const { rows } = await client.query(`select 1 from pg_stat_replication where sync_state = 'sync'`)
      if (rows.length > 0) return
    }
  } finally {
    await client.end()
  }
}

async function judge(
  url: string,
  { headers, acknowledged, unanswered, send }: DrillWriter,
): Promise<Omit<DrillOutcome, 'hasSurvived'>> {
  const found = await idsOf(url, headers)
  const missing = [...acknowledged].filter((id) => !found.includes(id))
  for (const operation of unanswered) await send(url, operation)
  const atLast = await idsOf(url, headers)
  const expected = new Set([...acknowledged, ...unanswered.map(({ id }) => id)])
  return {
    acknowledged: acknowledged.size,
    missing,
    unanswered: unanswered.length,
    isComplete: atLast.length === expected.size && atLast.every((id) => expected.has(id)),
  }
}

async function saysNotReady(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/readyz`)).status === 503
  } catch {
    // Nobody listens: it died with its database.
    return false
  }
}

async function idsOf(url: string, headers: Readonly<Record<string, string>>): Promise<string[]> {
  const ids: string[] = []
  let cursor: string = CURSOR_ZERO
  for (;;) {
    const answer = await fetch(`${url}${API_BASE}/conversations?projectId=drill&cursor=${cursor}`, {
      headers,
    })
    const page = (await answer.json()) as { operations: { id: string }[]; cursor: string; more: boolean }
    ids.push(...page.operations.map(({ id }) => id))
    if (!page.more) return ids
    cursor = page.cursor
  }
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { operations: { type: 'string', default: '400' } } })
  const outcome = await runFailoverDrill({ operations: Number(values.operations), say: console.log })
  if (outcome === undefined) process.exitCode = 1
  else {
    const { acknowledged, missing, unanswered, isComplete, hasSurvived } = outcome
    if (!hasSurvived) console.log('The server died with its database, or says that it is ready without one.')
    console.log(
      `${acknowledged} operations were acknowledged, ${missing.length} of them are missing on the standby.`,
    )
    console.log(
      `${unanswered} had no answer and were sent again: ${isComplete ? 'all is there once' : 'NOT all is there once'}.`,
    )
    if (missing.length > 0 || !isComplete || !hasSurvived) process.exitCode = 1
  }
}
