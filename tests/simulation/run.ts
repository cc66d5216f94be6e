// npm run simulate -- --seeds N [--from S] [--without RULE | list] [--trace] [--stop]
import { parseArgs } from 'node:util'
import type { Outcome } from './history.ts'
import { plant } from './plant.ts'
import { RULES } from './rules/index.ts'

const { values: options } = parseArgs({
  options: {
    seeds: { type: 'string', default: '100' },
    from: { type: 'string', default: '1' },
    without: { type: 'string' },
    trace: { type: 'boolean', default: false },
    /** Ends at the first failing seed. */
    stop: { type: 'boolean', default: false },
  },
})

if (options.without === 'list') {
  for (const { name, about } of RULES) console.log(`${name}: ${about}`)
} else await main()

async function main(): Promise<void> {
  const rule = RULES.find(({ name }) => name === options.without)
  if (options.without !== undefined && rule === undefined)
    throw new Error(`There is no rule ${options.without}; --without list names them.`)
  if (rule !== undefined) plant(rule)
  const { runHistory } = await import('./history.ts')
  const faults = new Map<string, number>()
  const started = process.cpuUsage()
  const [from, count] = [Number(options.from), Number(options.seeds)]
  let [ran, steps, failures] = [0, 0, 0]
  for (let seed = from; seed < from + count; seed++) {
    const outcome = await runHistory(seed, { isTraced: options.trace })
    ran += 1
    steps += outcome.steps
    for (const name of outcome.world.faults.keys()) faults.set(name, (faults.get(name) ?? 0) + 1)
    if (options.trace) console.log(outcome.world.lines.join('\n'))
    if (outcome.broken === undefined) continue
    failures += 1
    report(outcome)
    if (options.stop) break
  }
  const used = process.cpuUsage(started)
  const cpuMs = Math.round((used.user + used.system) / 1_000 / ran)
  console.log(`${ran} histories, ${steps} steps, ${failures} failed, ${cpuMs} ms of CPU each`)
  console.log(
    `seeds by fault: ${[...faults]
      .map(([name, seeds]) => `${name} ${seeds}`)
      .sort()
      .join(', ')}`,
  )
  process.exitCode = failures > 0 ? 1 : 0
}

function report({ seed, broken }: Outcome): void {
  const without = options.without === undefined ? '' : ` --without ${options.without}`
  console.log(`seed ${seed}: ${broken?.message.slice(0, 2_000)}`)
  console.log(`  npm run simulate -- --seeds 1 --from ${seed}${without} --trace`)
}
