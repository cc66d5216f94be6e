import { type Interruption, type Scenario, tell } from './play.ts'
import { SCENARIOS } from './scenarios.ts'

export type Exhausted = { scenarios: number; crashes: number; refusals: number; failures: number }

/**
 * Tells every scenario once undisturbed, then once for each step at which its worker can die, and once for each request that its
 * storage can refuse. `part` of `parts` processes takes every so-manieth scenario.
 */
export async function exhaust(
  { part, parts }: { readonly part: number; readonly parts: number },
  only?: string,
): Promise<Exhausted> {
  const done: Exhausted = { scenarios: 0, crashes: 0, refusals: 0, failures: 0 }
  const mine = SCENARIOS.filter((_, index) => index % parts === part)
  for (const scenario of only === undefined ? mine : SCENARIOS.filter(({ name }) => name === only)) {
    const crashes = await interruptEverywhere(scenario, 'crash', done)
    const refusals = await interruptEverywhere(scenario, 'refusal', done)
    console.log(`${scenario.name}: ${crashes} crashes, ${refusals} refusals`)
    done.scenarios += 1
    done.crashes += crashes
    done.refusals += refusals
  }
  return done
}

/** Answers how many places there were. */
async function interruptEverywhere(
  scenario: Scenario,
  kind: Interruption['kind'],
  done: Exhausted,
): Promise<number> {
  if (kind === 'crash') await tellOne(scenario, undefined, done)
  for (let at = 1; ; at++) if (!(await tellOne(scenario, { kind, at }, done))) return at - 1
}

async function tellOne(
  scenario: Scenario,
  interruption: Interruption | undefined,
  done: Exhausted,
): Promise<boolean> {
  const { isInterrupted, broken } = await tell(scenario, interruption)
  if (broken === undefined) return isInterrupted
  done.failures += 1
  const where = interruption === undefined ? '' : ` --at ${interruption.kind}:${interruption.at}`
  console.log(`${scenario.name}${where}: ${broken.message.slice(0, 1_000)}`)
  console.log(`  npm run simulate -- --exhaustive --scenario '${scenario.name}'${where} --trace`)
  return isInterrupted
}

/** Prints one telling. */
export async function trace(name: string, at: string | undefined): Promise<Exhausted> {
  const scenario = SCENARIOS.find((each) => each.name === name)
  if (scenario === undefined) throw new Error(`There is no scenario ${name}.`)
  const [kind, place] = at?.split(':') ?? []
  const interruption =
    kind === 'crash' || kind === 'refusal' ? ({ kind, at: Number(place) } as const) : undefined
  const { lines, broken } = await tell(scenario, interruption, true)
  console.log(lines.join('\n'))
  return { scenarios: 1, crashes: 0, refusals: 0, failures: broken === undefined ? 0 : 1 }
}
