import { expect, test } from 'vitest'
import type { MutationId } from '../../src/domain/ids.ts'
import { aClock, aMessage, anEngine } from '../builders/engine.ts'

// Found by the simulator (seed 2040): each device dated a conversation without messages by its own clock, so lists differed.
test('a conversation of which every message was removed has the same date on every device', async () => {
  const writer = await anEngine()
  const place = { projectId: 'p', conversationId: 'c' }
  await writer.appendMessages({ ...place, mutationId: writer.mutation(), messages: [aMessage('m')] })
  writer.clock.advance(5_000)
  await writer.removeMessage({ conversationId: 'c', mutationId: writer.mutation(), messageId: 'm' })

  const reader = await anEngine({ clock: aClock(writer.clock.now() + 60_000), seed: 2 })
  const { conversations } = await writer.readOperations({})
  await reader.absorbOperations({ mutationId: 'absorbed-here' as MutationId, conversations })

  const [there, here] = [
    await writer.getConversation({ conversationId: 'c' }),
    await reader.getConversation({ conversationId: 'c' }),
  ]
  expect(there).toMatchObject({ messageCount: 0 })
  expect({ ...here, revision: 0 }).toEqual({ ...there, revision: 0 })
})
