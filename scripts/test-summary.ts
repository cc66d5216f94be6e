// Prints one line, 'N passed, N failed', from the reports of the last test run.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from './run-program.ts'

let passed = 0
let failed = 0
let skipped = 0

for (const name of ['unit', 'types']) {
  const report = read(name)
  passed += report?.numPassedTests ?? 0
  failed += report?.numFailedTests ?? 0
  skipped += (report?.numPendingTests ?? 0) + (report?.numTodoTests ?? 0)
}
const { expected = 0, flaky = 0, unexpected = 0, skipped: left = 0 } = read('e2e')?.stats ?? {}
passed += expected + flaky
failed += unexpected
skipped += left

console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`)

function read(name: string) {
  const file = join(ROOT, `.cache/results/${name}.json`)
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined
}
