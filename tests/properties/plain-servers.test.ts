import fc from 'fast-check'
import { test } from 'vitest'
import { VARIANTS } from '../unit/engine/sync/plain/a-plain-pair.ts'
import { historyArbitrary, runPlainHistory } from './plain-history.ts'

for (const [variant, options] of VARIANTS) {
  test(`${variant}: two devices and a client that knows nothing end with the same, and no message is lost`, async () => {
    const property = fc.asyncProperty(historyArbitrary, (history) => runPlainHistory(options, history))
    await fc.assert(property, { numRuns: Number(process.env.PLAIN_RUNS ?? 15) })
  })
}
