// npm run simulate -- --seeds N [--from S] [--without RULE | list] [--trace] [--theme THEME] [--stop] [--shrink] [--workers W] [--plain]
// npm run simulate -- --exhaustive [--scenario NAME [--at crash:N | refusal:N] [--trace]] [--workers W]
import { parseArgs } from 'node:util'
import type { Exhausted } from './exhaustive/exhaust.ts'
import { faultTable, rareFaults } from './fault-table.ts'
import type { Outcome } from './history.ts'
import { plant } from './plant.ts'
import { answersOf } from './processes.ts'
import { RULES } from './rules/index.ts'

const { values: options } = parseArgs({
  options: {
    seeds: { type: 'string', default: '100' },
    from: { type: 'string', default: '1' },
    /** Takes a rule away, or lists those that can be. */
    without: { type: 'string' },
    trace: { type: 'boolean', default: false },
    /** Ends at the first failing seed. */
    stop: { type: 'boolean', default: false },
    /** Only those of the seeds on which this theme is on. */
    theme: { type: 'string' },
    /** Looks for the shortest failing history of each failing seed and prints its trace. */
    shrink: { type: 'boolean', default: false },
    /** Processes that share the seeds; each history runs in one of them, on one thread. */
    workers: { type: 'string', default: '1' },
    /** Interrupts a number of scenarios at every step, instead of telling histories. */
    exhaustive: { type: 'boolean', default: false },
    /** One scenario only. */
    scenario: { type: 'string' },
    /** With `--trace`: the one interruption, `crash:7` or `refusal:3`. */
    at: { type: 'string' },
    /** The cloud is somebody else's server with the requirement's four endpoints. */
    plain: { type: 'boolean', default: false },
    /** Which of the processes this is. */
    part: { type: 'string', default: '0' },
    /** What a process answers to the one that started it. */
    json: { type: 'boolean', default: false },
  },
})

type Tally = {
  histories: number
  steps: number
  failures: number
  cpuMs: number
  faults: Record<string, number>
}

const startedAt = performance.now()
const [from, count, workers] = [Number(options.from), Number(options.seeds), Number(options.workers)]
if (options.without === 'list') {
  for (const { name, about } of RULES) console.log(`${name}: ${about}`)
} else if (options.exhaustive) {
  const done = workers > 1 && !options.json ? await shareScenarios() : await runScenarios()
  if (options.json) console.log(JSON.stringify(done))
  else tellExhausted(done)
  process.exitCode = done.failures > 0 ? 1 : 0
} else {
  const tally = workers > 1 ? await share() : await run()
  if (options.json) console.log(JSON.stringify(tally))
  else tell(tally)
  process.exitCode = tally.failures > 0 || (!options.json && isAnyRare(tally)) ? 1 : 0
}

async function run(): Promise<Tally> {
  takeRuleAway()
  const { runHistory } = await import('./history.ts')
  const { themesAt } = await import('./weather.ts')
  const tally: Tally = { histories: 0, steps: 0, failures: 0, cpuMs: 0, faults: {} }
  const used = process.cpuUsage()
  for (let seed = from; seed < from + count; seed++) {
    if (options.theme !== undefined && !themesAt(seed).has(options.theme)) continue
    const outcome = await runHistory(seed, { isTraced: options.trace, isPlain: options.plain })
    tally.histories += 1
    tally.steps += outcome.steps
    for (const name of outcome.world.faults.keys()) tally.faults[name] = (tally.faults[name] ?? 0) + 1
    if (options.trace) console.log(outcome.world.lines.join('\n'))
    if (outcome.broken === undefined) continue
    tally.failures += 1
    await report(outcome)
    if (options.stop) break
  }
  const { user, system } = process.cpuUsage(used)
  return { ...tally, cpuMs: (user + system) / 1_000 }
}

/** Before anything that it may change is loaded. */
function takeRuleAway(): void {
  const rule = RULES.find(({ name }) => name === options.without)
  if (options.without !== undefined && rule === undefined)
    throw new Error(`There is no rule ${options.without}; --without list names them.`)
  if (rule !== undefined) plant(rule)
}

async function report(outcome: Outcome): Promise<void> {
  const { seed, broken } = outcome
  const without = options.without === undefined ? '' : ` --without ${options.without}`
  const plain = options.plain ? ' --plain' : ''
  console.log(`seed ${seed}: ${broken?.message.slice(0, 2_000)}`)
  console.log(`  npm run simulate -- --seeds 1 --from ${seed}${without}${plain} --trace`)
  if (!options.shrink) return
  const { shrink } = await import('./shrink.ts')
  const shortest = await shrink(outcome)
  console.log(`  ${shortest.steps} of ${outcome.steps} steps are enough:`)
  for (const line of shortest.world.lines) console.log(`    ${line}`)
}

/** Deals the seeds out to processes and adds up what they answer. */
async function share(): Promise<Tally> {
  const each = Math.ceil(count / workers)
  const shards = Array.from({ length: workers }, (_, index) => ({
    from: from + index * each,
    seeds: Math.max(0, Math.min(each, count - index * each)),
  }))
  const tallies = await answersOf<Tally>(
    shards
      .filter(({ seeds }) => seeds > 0)
      .map((shard) => [
        ...['--from', String(shard.from), '--seeds', String(shard.seeds)],
        ...(options.without === undefined ? [] : ['--without', options.without]),
        ...(options.theme === undefined ? [] : ['--theme', options.theme]),
        ...(options.stop ? ['--stop'] : []),
        ...(options.plain ? ['--plain'] : []),
        ...(options.shrink ? ['--shrink'] : []),
      ]),
  )
  const sum: Tally = { histories: 0, steps: 0, failures: 0, cpuMs: 0, faults: {} }
  for (const tally of tallies) {
    for (const key of ['histories', 'steps', 'failures', 'cpuMs'] as const) sum[key] += tally[key]
    for (const [name, seeds] of Object.entries(tally.faults))
      sum.faults[name] = (sum.faults[name] ?? 0) + seeds
  }
  return sum
}

async function runScenarios(): Promise<Exhausted> {
  takeRuleAway()
  const { exhaust, trace } = await import('./exhaustive/exhaust.ts')
  if (options.trace && options.scenario !== undefined) return trace(options.scenario, options.at)
  return exhaust({ part: Number(options.part), parts: workers }, options.scenario)
}

async function shareScenarios(): Promise<Exhausted> {
  const parts = Array.from({ length: workers }, (_, part) => [
    ...['--exhaustive', '--workers', String(workers), '--part', String(part)],
    ...(options.without === undefined ? [] : ['--without', options.without]),
  ])
  const sum: Exhausted = { scenarios: 0, crashes: 0, refusals: 0, failures: 0 }
  for (const done of await answersOf<Exhausted>(parts))
    for (const key of ['scenarios', 'crashes', 'refusals', 'failures'] as const) sum[key] += done[key]
  return sum
}

function tellExhausted({ scenarios, crashes, refusals, failures }: Exhausted): void {
  const seconds = Math.round((performance.now() - startedAt) / 1_000)
  console.log(
    `${scenarios} scenarios, ${crashes} crashes, ${refusals} refused requests, ${failures} failed, in ${seconds} s`,
  )
}

function tell({ histories, steps, failures, cpuMs, faults }: Tally): void {
  const seconds = Math.round((performance.now() - startedAt) / 1_000)
  const each = Math.round(cpuMs / Math.max(1, histories))
  console.log(
    `${histories} histories, ${steps} steps, ${failures} failed, in ${seconds} s; ${each} ms of CPU each`,
  )
  console.log(faultTable(faults, histories, options.plain))
}

/** With a rule taken away the shares say nothing. */
function isAnyRare({ faults, histories }: Tally): boolean {
  const rare = options.without === undefined && !options.plain ? rareFaults(faults, histories) : []
  for (const name of rare) console.log(`${name} fired in less than 1 % of the seeds`)
  return rare.length > 0
}
