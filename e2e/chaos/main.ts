// `npm run chaos -- --minutes M [--seed S] [--database sqlite|postgresql]`: half of the time on each database, unless one is named.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { startPostgres } from '../../scripts/ensure-postgres.ts'
import { buildSite } from '../harness/build-site.ts'
import { chromiumOptions } from '../harness/chromium.ts'
import { readLog, readPostgresLog } from '../harness/server-log.ts'
import { CHAOS, CHAOS_SITE } from '../harness/site.ts'
import { createRecord } from './record.ts'
import { type ChaosOptions, runChaos } from './run.ts'

const DATABASES = ['sqlite', 'postgresql'] as const
type Database = (typeof DATABASES)[number]

const { values } = parseArgs({
  options: { minutes: { type: 'string' }, seed: { type: 'string' }, database: { type: 'string' } },
})
const minutes = Number(values.minutes ?? 2)
if (!(minutes > 0)) throw new Error(`--minutes has to be a number above 0, found "${values.minutes}".`)
const seed = values.seed ?? String(Math.floor(Math.random() * 2 ** 32))
const databases = DATABASES.filter((name) => values.database === undefined || values.database === name)
if (databases.length === 0) throw new Error(`--database is ${DATABASES.join(' or ')}.`)

await buildSite(CHAOS_SITE, 'first', { precache: false })
await mkdir(CHAOS, { recursive: true })
for (const database of databases) {
  const isFine = await chaosOn(database, (minutes * 60_000) / databases.length)
  if (!isFine) process.exitCode = 1
}

async function chaosOn(database: Database, durationMs: number): Promise<boolean> {
  const again = `npm run chaos -- --minutes ${durationMs / 60_000} --seed ${seed} --database ${database}`
  console.log(`Chaos on ${database}, seed ${seed}: ${again}`)
  const record = createRecord()
  const problems = await problemsOf(database, (storage) =>
    runChaos({ ...storage, seed, durationMs, record, site: CHAOS_SITE, launch: chromiumOptions() }),
  )
  for (const { outcome } of record.writes) record.count(`end: messages and edits, ${outcome}`)
  for (const [what, times] of [...record.totals].sort()) console.log(`  ${what}: ${times}`)
  const path = join(CHAOS, `${database}-${seed}.log`)
  await writeFile(path, [...problems, '', ...record.lines].join('\n'))
  if (problems.length === 0) {
    if (record.writes.length === 0) return true
    console.log('  All devices and the server hold the same, and every acknowledged message is there once.')
    return true
  }
  console.error(`  ${problems.length} problems; the whole log is in ${path}:`)
  for (const problem of problems.slice(0, 20)) console.error(`  - ${problem}`)
  for (const line of record.lines.slice(-30)) console.error(`    ${line}`)
  return false
}

async function problemsOf(
  database: Database,
  run: (storage: Pick<ChaosOptions, 'databaseUrl' | 'readLog'>) => Promise<readonly string[]>,
): Promise<readonly string[]> {
  await using disposal = new AsyncDisposableStack()
  try {
    if (database === 'sqlite') {
      const folder = await mkdtemp(join(tmpdir(), 'chatkeep-chaos-'))
      disposal.defer(() => rm(folder, { recursive: true, force: true }))
      const path = join(folder, 'chat.sqlite')
      return await run({ databaseUrl: `sqlite:${path}`, readLog: async () => readLog(path) })
    }
    const postgres = await startPostgres()
    if (postgres === undefined) {
      console.error('  PostgreSQL is missing: nothing was tried on it.')
      return values.database === undefined ? [] : ['PostgreSQL was asked for.']
    }
    disposal.defer(() => postgres.stop())
    return await run({ databaseUrl: postgres.url, readLog: () => readPostgresLog(postgres.url) })
  } catch (error) {
    return [error instanceof Error ? (error.stack ?? error.message) : String(error)]
  }
}
