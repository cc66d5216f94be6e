import { expect, test } from 'vitest'
import type { SetOperation } from '../../src/domain/operation.ts'
import { createMemoryStorage } from '../../src/storage/memory.ts'
import { aClock, anEngine } from '../builders/engine.ts'

// Found by the simulator (seed 68): an answer grew while the profile was copied, and each copy recovered it under the same id.
test('two copies of a profile that recover the same answer write two operations, or one and the same', async () => {
  const original = createMemoryStorage()
  const writer = await anEngine({ storage: original })
  const draft = { projectId: 'p', conversationId: 'c', attemptId: 'attempt', owner: 'page' }
  const answer = (text: string) => ({ id: 'answer', role: 'assistant', parts: [{ type: 'text', text }] })
  await writer.checkpointDraft({ ...draft, message: answer('half') })
  const copy = createMemoryStorage({}, original.snapshot())
  await writer.checkpointDraft({ ...draft, message: answer('half and more') })

  const recovered: SetOperation[] = []
  for (const [index, storage] of [original, copy].entries()) {
    const clock = aClock(writer.clock.now() + 60_000 * (index + 1))
    const engine = await anEngine({ storage, clock })
    await engine.wake({ reason: 'visible' })
    const { conversations } = await engine.readOperations({})
    const operations = conversations.flatMap((conversation) => conversation.operations)
    for (const operation of operations) if (operation.kind === 'set') recovered.push(operation)
  }
  expect(recovered).toHaveLength(2)
  expect(recovered[0]?.value).not.toEqual(recovered[1]?.value)
  expect(recovered[0]?.id).not.toBe(recovered[1]?.id)
})
