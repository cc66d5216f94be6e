import { writeFile } from 'node:fs/promises'
import { cpus } from 'node:os'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import type { BrowserContext } from 'playwright-core'
import { calls, createProfile, inPage, openBrowser } from './browser.ts'
import { servePage } from './build-page.ts'
import { measureDisk } from './measure-disk.ts'
import { measureStreaming } from './measure-streaming.ts'
import { createRandom } from './page/messages.ts'
import { addResult, type Results, toMarkdown } from './report.ts'

const CONTENDERS = ['raw', 'idb', 'dexie', 'chatkeep']
const WORKLOADS = ['newest', 'load', 'list', 'append', 'burst', 'import', 'queued-import']
const ALL = [...WORKLOADS, 'streaming', 'disk']
const WARM_UPS = 1

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '15' },
    only: { type: 'string', default: ALL.join(',') },
    write: { type: 'boolean', default: true },
  },
  allowNegative: true,
})
const rounds = Number(options.rounds)
const chosen = options.only.split(',')
const unknown = chosen.filter((name) => !ALL.includes(name))
if (unknown.length > 0) throw new Error(`There is no ${unknown.join(', ')}; choose from ${ALL.join(',')}.`)

const results: Results = new Map()
const server = await servePage()
const started = Date.now()
let browserVersion = ''
try {
  if (chosen.some((name) => WORKLOADS.includes(name) || name === 'streaming')) await runRounds()
  if (chosen.includes('disk')) await measureDisks()
} finally {
  server.close()
}
const markdown = toMarkdown(results, CONTENDERS)
console.log(`\n${markdown}\n`)
if (options.write) {
  const file = fileURLToPath(new URL('./RESULTS.md', import.meta.url))
  await writeFile(file, `${header()}\n\n${markdown}\n`)
  console.log(`Written to ${file} after ${Math.round((Date.now() - started) / 1000)} s.`)
}

function header(): string {
  return `Chromium ${browserVersion}, headless, ${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, ${rounds} interleaved rounds. Milliseconds
unless a row says otherwise. A gap below the spread of the control (idb doing what raw does) is no gap.`
}

/** All contenders in each round, in another order every time, each in a fresh page on the same browser. */
async function runRounds(): Promise<void> {
  const profile = await createProfile()
  const context = await openBrowser(profile)
  browserVersion = context.browser()?.version() ?? ''
  try {
    for (const name of CONTENDERS) {
      console.log(`filling the databases of ${name} …`)
      await inPage(context, server.origin, (page) => calls.seed(page, name, rounds + WARM_UPS))
    }
    const random = createRandom(42)
    for (let round = 0; round < rounds + WARM_UPS; round++) {
      process.stdout.write(`round ${round + 1} of ${rounds + WARM_UPS}\n`)
      for (const workload of WORKLOADS.filter((name) => chosen.includes(name))) {
        for (const name of shuffled(CONTENDERS, random)) await runWorkload(context, workload, name, round)
      }
      if (chosen.includes('streaming')) await runStreaming(context, round, random)
    }
  } finally {
    await context.close()
    await profile.remove()
  }
}

async function runWorkload(
  context: BrowserContext,
  workload: string,
  name: string,
  round: number,
): Promise<void> {
  const timings = await inPage(context, server.origin, async (page) => {
    await calls.warm(page, name)
    return calls.run(page, workload, name, round)
  })
  if (round < WARM_UPS) return
  for (const [row, ms] of Object.entries(timings)) addResult(results, row, name, ms)
}

async function runStreaming(context: BrowserContext, round: number, random: () => number): Promise<void> {
  const busy = new Map<string, number>()
  for (const name of shuffled(['nothing', ...CONTENDERS, 'chatkeep-hook'], random)) {
    const { mainThreadMs, longTasks, lost } = await measureStreaming(context, server.origin, name, round)
    busy.set(name, mainThreadMs)
    if (round < WARM_UPS || !CONTENDERS.includes(name)) {
      if (lost) throw new Error(`${name} lost an update of a growing answer.`)
      continue
    }
    addResult(results, 'streaming, long tasks', name, longTasks)
    addResult(results, 'streaming, lost updates', name, lost ? 1 : 0)
  }
  if (round < WARM_UPS) return
  const idle = busy.get('nothing') ?? 0
  for (const name of CONTENDERS) {
    const measured = (busy.get(name) ?? 0) - idle
    addResult(results, 'streaming, main thread', name, measured)
    const asApps = name === 'chatkeep' ? (busy.get('chatkeep-hook') ?? 0) - idle : measured
    addResult(results, 'streaming through the hook, main thread', name, asApps)
  }
}

async function measureDisks(): Promise<void> {
  for (const name of CONTENDERS.filter((contender) => contender !== 'idb')) {
    console.log(`disk use of ${name} …`)
    const { after10k, after100k } = await measureDisk(server.origin, name)
    addResult(results, 'disk 10,000', name, after10k / 1e6)
    addResult(results, 'disk 100,000', name, after100k / 1e6)
  }
}

function shuffled(names: readonly string[], random: () => number): string[] {
  return names
    .map((name) => ({ name, rank: random() }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ name }) => name)
}
