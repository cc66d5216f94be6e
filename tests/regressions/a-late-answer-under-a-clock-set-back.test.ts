import { expect, test } from 'vitest'
import { anEditedRecovery } from '../builders/late-answer.ts'

// Found by the simulator (seed 23): the clock was set back between the recovery of an answer and its late end, and in between somebody
// had edited what was recovered.
test('an answer that comes late has a greater stamp than what was recovered of it, whatever the clock says', async () => {
  const { engine, recovered, end } = await anEditedRecovery()
  engine.clock.advance(-59_000)
  const late = await end()
  expect(late.overwrites).toEqual([recovered.id])
  expect(late.stamp).toBeGreaterThan(recovered.stamp)
})
