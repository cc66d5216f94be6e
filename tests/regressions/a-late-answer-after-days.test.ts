import { expect, test } from 'vitest'
import { anEditedRecovery } from '../builders/late-answer.ts'

// Found by the simulator (seed 6007): a page was frozen while the clock went ten years ahead. What recovery had written was forgotten like
// the result of any command, so that the answer took itself for one that goes on with what is stored, and overwrote an edit.
test('an answer that comes days late still writes over what was recovered of it, and leaves what was edited since', async () => {
  const { engine, recovered, end } = await anEditedRecovery()
  engine.clock.advance(3 * 24 * 60 * 60_000)
  await engine.wake('start')
  const late = await end()
  expect(late.overwrites).toEqual([recovered.id])
})
