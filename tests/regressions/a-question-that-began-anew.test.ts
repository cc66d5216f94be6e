import { expect, test } from 'vitest'
import { anEngine } from '../builders/engine.ts'

// Found by the simulator (seed 50636): the storage was emptied while two answers grew, one of them below the other. The one below came
// first to the new database, so that what it stands below was born after it.
test('an answer does not grow below a message that is younger than it', async () => {
  const engine = await anEngine()
  const draft = (id: string, above: string) => ({
    projectId: 'p',
    conversationId: 'c',
    attemptId: `attempt-${id}`,
    owner: 'page',
    after: { id: above, born: engine.clock.now() - 1 },
    message: { id, role: 'assistant', parts: [{ type: 'text', text: id }] },
  })
  await engine.checkpointDraft(draft('second', 'first'))
  engine.clock.advance(1_000)
  const { message, ...first } = draft('first', 'asked')
  await engine.finishDraft({ ...first, mutationId: engine.mutation(), message: { message } })

  const { messages } = await engine.loadMessages({ conversationId: 'c' })
  expect(messages.map(({ id }) => id)).toEqual(['first'])
})
