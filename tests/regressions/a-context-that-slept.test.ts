import { expect, test } from 'vitest'
import { createMemoryStorage } from '../../src/storage/memory.ts'
import { aMessage, anEngine } from '../builders/engine.ts'

// Found by the simulator (seeds 1, 22, 101, 112, 516): the number after the one it knew had been deleted meanwhile and was free again, so that it
// wrote over everything that others had done since.
test.each([1, 64, 127, 128, 129, 192, 200, 300])(
  'what %i commits of others did stays, whatever a context knew before them',
  async (count) => {
    const storage = createMemoryStorage()
    const sleeper = await anEngine({ storage, seed: 1 })
    const other = await anEngine({ storage, seed: 2 })
    const say = (engine: typeof other, id: string) =>
      engine.appendMessages({
        ...{ mutationId: engine.mutation(), projectId: 'p', conversationId: 'c' },
        messages: [aMessage(id)],
      })
    await say(sleeper, 'first')
    await say(sleeper, 'second')
    for (let index = 0; index < count; index++) await say(other, `m${index}`)
    await say(sleeper, 'last')
    const { messages } = await other.loadMessages({ conversationId: 'c', limit: 0 })
    const expected = ['first', 'second', ...Array.from({ length: count }, (_, index) => `m${index}`), 'last']
    expect(messages.map(({ id }) => id)).toEqual(expected)
    expect((await other.getConversation({ conversationId: 'c' }))?.messageCount).toBe(count + 3)
  },
)
