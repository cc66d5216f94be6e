// Runs the end-to-end tests in Chromium, after finding or installing one. Arguments go to Playwright.
import { ensureChromium } from './ensure-chromium.ts'
import { programOf, runProgram } from './run-program.ts'

console.log(`End-to-end tests run in ${await ensureChromium()}`)
process.exitCode = await runProgram(programOf('@playwright/test', 'playwright'), [
  'test',
  '--project=chromium',
  ...process.argv.slice(2),
])
