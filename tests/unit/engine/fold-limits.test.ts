import { expect, test } from 'vitest'
import { FOLD_LIMITS } from '../../../src/engine/fold-limits.ts'
import { anEngine, someMessages } from '../../builders/engine.ts'

test('a wake-up folds what is longer than the limit, leaves the newest in the tail, and closes packs at their size', async () => {
  const engine = await anEngine({ foldLimits: { ...FOLD_LIMITS, longTail: 4, keptTail: 2, packBytes: 400 } })
  const append = (count: number) =>
    engine.appendMessages({
      mutationId: engine.mutation(),
      projectId: 'p',
      conversationId: 'c',
      messages: someMessages(count),
    })
  const records = () =>
    engine.database.read(['messages', 'packs'], async (tx) => ({
      tail: (await tx.scan('messages', {})).length,
      packs: (await tx.scan('packs', {})).filter(({ firstBorn }) => firstBorn >= 0),
    }))

  await append(12)
  await engine.wake('focus')

  const { tail, packs } = await records()
  expect(tail).toBe(2)
  expect(packs.reduce((sum, { count }) => sum + count, 0)).toBe(10)
  expect(packs.length).toBeGreaterThan(1)
})
