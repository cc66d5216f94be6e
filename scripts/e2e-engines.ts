// Runs the end-to-end suite in one engine or in all of them: chromium, firefox, webkit or all. Further arguments go to Playwright.
// `all` prints a table of promise and engine. An engine that is missing is reported as missing, and the run fails.

import { type EngineResult, readResult, tableOf } from './engine-results.ts'
import { ensureChromium } from './ensure-chromium.ts'
import { ensureFirefox } from './ensure-firefox.ts'
import { ensureWebKit } from './ensure-webkit.ts'
import { programOf, runProgram } from './run-program.ts'

const ENSURE = {
  chromium: ensureChromium,
  firefox: ensureFirefox,
  webkit: async () => (await ensureWebKit())?.browser,
} as const
type Engine = keyof typeof ENSURE
const ENGINES = Object.keys(ENSURE) as Engine[]

const [chosen = 'all', ...others] = process.argv.slice(2)
const engines = ENGINES.filter((engine) => chosen === 'all' || chosen === engine)
if (engines.length === 0) throw new Error(`Name an engine: ${ENGINES.join(', ')} or all.`)
const results = new Map<Engine, EngineResult>()
for (const engine of engines) results.set(engine, await run(engine))
if (chosen === 'all') console.log(`\n${tableOf(results)}`)
for (const [engine, { isMissing }] of results)
  if (isMissing) console.error(`${engine} is missing: nothing ran in it.`)
if ([...results.values()].some(({ isMissing, code }) => isMissing || code !== 0)) process.exitCode = 1

async function run(engine: Engine): Promise<EngineResult> {
  const program = await ENSURE[engine]().catch((error: unknown) => void console.error(String(error)))
  if (program === undefined) return { isMissing: true, code: 1, byPromise: new Map() }
  console.log(`End-to-end tests run in ${program}`)
  const path = `.cache/results/e2e-${engine}.json`
  process.env.E2E_RESULTS = path
  const playwright = programOf('@playwright/test', 'playwright')
  const code = await runProgram(playwright, [
    'test',
    `--project=${engine}`,
    `--output=.cache/e2e-${engine}`,
    ...others,
  ])
  return { isMissing: false, code, byPromise: readResult(path) }
}
