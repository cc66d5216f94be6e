import { expect, test } from 'vitest'
import { runFailoverDrill } from '../../scripts/failover-drill.ts'

// Two PostgreSQL clusters and two servers are started one after the other: that takes its time, but waits for nothing else.
const LIMIT_MS = 120_000

test(
  'no acknowledged operation is missing when the primary is killed and its synchronous standby promoted',
  async () => {
    const outcome = await runFailoverDrill({ operations: 60 })
    if (outcome === undefined) {
      console.warn('The failover drill did not run: no PostgreSQL can be had here.')
      return
    }
    expect(outcome.acknowledged).toBeGreaterThanOrEqual(60)
    expect(outcome).toMatchObject({ missing: [], isComplete: true, hasSurvived: true })
  },
  LIMIT_MS,
)
