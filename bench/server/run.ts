import { writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import type { ProjectKey } from '../../server/storage/spaces.ts'
import { API_BASE, CURSOR_ZERO } from '../../src/domain/wire.ts'
import { measureBare } from './bare.ts'
import { type Device, type MeasuredCloud, startCloud } from './cloud.ts'
import { type MeasuredDatabase, openPostgres, openSqlite } from './databases.ts'
import { type FilledLog, fillLog, PROJECT } from './fill.ts'
import { type Measured, measureLoad } from './load.ts'
import { newMessages } from './operations.ts'
import { header, type Row, toMarkdown } from './report.ts'

const { values: options } = parseArgs({
  options: {
    seconds: { type: 'string', default: '5' },
    rounds: { type: 'string', default: '3' },
    connections: { type: 'string', default: '8' },
    sizes: { type: 'string', default: '10000,1000000' },
    only: { type: 'string', default: 'sqlite,postgres' },
    write: { type: 'boolean', default: true },
  },
  allowNegative: true,
})
const seconds = Number(options.seconds)
const rounds = Number(options.rounds)
const connections = Number(options.connections)
const sizes = options.sizes.split(',').map(Number)
const BATCHES = [100, 2]
const rows: Row[] = []
let conversations = 0

if (options.only.includes('sqlite')) await measureDatabase(await openSqlite())
if (options.only.includes('postgres')) {
  const postgres = await openPostgres()
  if (postgres === undefined) console.log('PostgreSQL was not measured: none can be had here.')
  else await measureDatabase(postgres)
}
const markdown = toMarkdown(rows)
console.log(`\n${markdown}`)
if (options.write) {
  const file = fileURLToPath(new URL('./RESULTS.md', import.meta.url))
  await writeFile(file, `${header({ rounds, seconds, connections })}\n\n${markdown}\n`)
  console.log(`Written to ${file}.`)
}

async function measureDatabase(database: MeasuredDatabase): Promise<void> {
  const cloud = await startCloud(database.url, connections)
  const projects = cloud.devices.map(({ account }) => ({ account, projectId: PROJECT }))
  try {
    for (const size of sizes) {
      console.log(`${database.name}: filling the log with ${size} operations …`)
      const filled = await fillLog(database, projects, size)
      for (let round = 0; round <= rounds; round++) {
        console.log(
          `${database.name}, ${size}: ${round === 0 ? 'warming up' : `round ${round} of ${rounds}`}`,
        )
        const measured = await measureRound(database, cloud, projects, filled, size)
        if (round > 0) rows.push(...measured)
      }
    }
  } finally {
    await cloud.stop()
    await database.stop()
  }
}

/** Server and bare database take turns, so that what disturbs one disturbs the other. */
async function measureRound(
  database: MeasuredDatabase,
  cloud: MeasuredCloud,
  projects: readonly ProjectKey[],
  { behind }: FilledLog,
  size: number,
): Promise<Row[]> {
  const { url, devices } = cloud
  const [owner] = devices
  if (owner === undefined) throw new Error('There has to be at least one connection.')
  const measured: Row[] = []
  /** `each` is the number of operations of one request. */
  async function measure(name: string, each: number, work: () => Promise<Measured>) {
    const before = cloud.cpuMs()
    const { perSecond, p99, count } = await work()
    const after = cloud.cpuMs()
    const isKnown = before !== undefined && after !== undefined && !name.startsWith('bare')
    const cpuUs = isKnown ? ((after - before) * 1_000) / (count * each) : undefined
    measured.push({ database: database.name, size, name, perSecond: perSecond * each, p99, cpuUs })
  }
  const deltas = { 'delta of 100': behind, 'delta of nothing': await headOf(url, owner) }
  for (const [name, cursor] of Object.entries(deltas)) {
    const path = `${API_BASE}/conversations?projectId=${PROJECT}&cursor=${cursor}&limit=100`
    await measure(name, 1, () =>
      measureLoad(url, { connections, seconds, method: 'GET', devices: [owner], path }),
    )
  }
  for (const batch of BATCHES) {
    await measure(`bare ${batch}`, batch, () => measureBare(database, { projects, batch, seconds }))
    const path = `${API_BASE}/conversations`
    const body = () => postBody(batch)
    await measure(`post ${batch}`, batch, () =>
      measureLoad(url, { connections, seconds, method: 'POST', devices, path, body }),
    )
  }
  return measured
}

/** The end of the log now: the rounds before have posted. */
async function headOf(url: string, { headers }: Device): Promise<string> {
  const answer = await fetch(`${url}${API_BASE}/conversations?projectId=${PROJECT}&limit=1`, { headers })
  return ((await answer.json()) as { cursor: string }).cursor
}

function postBody(count: number): string {
  const id = `posted-${process.pid}-${conversations++}`
  return JSON.stringify({
    projectId: PROJECT,
    cursor: CURSOR_ZERO,
    conversations: [{ id, operations: newMessages(id, count) }],
  })
}
