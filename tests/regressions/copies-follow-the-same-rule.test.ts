import { expect, test } from 'vitest'
import { DAY_MS } from '../../src/domain/retention.ts'
import { createMemoryStorage } from '../../src/storage/memory.ts'
import { aClock, aMessage, anEngine, type TestEngine } from '../builders/engine.ts'

// Found by the simulator (seed 59369): a profile was copied, each copy went on, and a rule put the same conversation into the trash of both in
// the same millisecond, at the same revision.
test('two copies of a profile that follow the same rule at the same moment write two operations', async () => {
  const original = createMemoryStorage()
  const writer = await anEngine({ storage: original })
  const say = (engine: TestEngine, text: string) =>
    engine.appendMessages({
      mutationId: engine.mutation(),
      projectId: 'p',
      conversationId: 'c',
      messages: [aMessage(text)],
    })
  await say(writer, 'one')
  await writer.setRetention({ projectId: 'p', policy: { archiveAfterDays: 30 } })
  const copy = createMemoryStorage({}, original.snapshot())

  const written: string[] = []
  for (const [index, storage] of [original, copy].entries()) {
    const clock = aClock(writer.clock.now())
    const engine = await anEngine({ storage, clock, seed: index + 2, hasCloud: false })
    await say(engine, `only in ${index}`)
    for (let day = 0; day < 31; day++) {
      clock.advance(DAY_MS)
      await engine.wake('visible')
    }
    const { conversations } = await engine.readOperations({})
    const operations = conversations.flatMap((conversation) => conversation.operations)
    const archived = operations.find(
      (operation) => 'register' in operation && operation.register === 'archived',
    )
    written.push(archived?.id ?? 'nothing')
  }
  expect(written).not.toContain('nothing')
  expect(written[0]).not.toBe(written[1])
})
