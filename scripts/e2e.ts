// Runs the end-to-end tests in Chromium, after finding or installing one. Arguments go to Playwright.
import { ensureChromium } from './ensure-chromium.ts'
import { exists, programOf, runProgram } from './run-program.ts'

if (!exists('e2e')) {
  console.log('skipped: end-to-end tests (there is no e2e folder yet)')
} else {
  console.log(`End-to-end tests run in ${await ensureChromium()}`)
  process.exitCode = await runProgram(programOf('@playwright/test', 'playwright'), [
    'test',
    ...process.argv.slice(2),
  ])
}
