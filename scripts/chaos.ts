// Runs two devices against the real server while all kinds of things go wrong. Arguments go to e2e/chaos/main.ts.
import { ensureChromium } from './ensure-chromium.ts'
import { runProgram } from './run-program.ts'

console.log(`Chaos runs in ${await ensureChromium()}`)
process.exitCode = await runProgram('e2e/chaos/main.ts', process.argv.slice(2))
