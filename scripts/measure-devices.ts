// `npm run bench:devices -- --messages N`: how long after one device's commit another device, which is online, shows the message.
// Two Chromium profiles, the built site, the real worker, server and database. Prints a distribution; asserts nothing.
import { ensureChromium } from './ensure-chromium.ts'
import { programOf, runProgram } from './run-program.ts'

const at = process.argv.indexOf('--messages')
process.env.MEASURED_MESSAGES = at === -1 ? '50' : (process.argv[at + 1] ?? '50')
console.log(`Measured in ${await ensureChromium()}`)
process.exitCode = await runProgram(programOf('@playwright/test', 'playwright'), [
  'test',
  '--config',
  'e2e/measure/playwright.config.ts',
])
