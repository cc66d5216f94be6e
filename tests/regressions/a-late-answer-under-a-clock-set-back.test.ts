import { expect, test } from 'vitest'
import { anEngine } from '../builders/engine.ts'

// Found by the simulator (seed 23): the clock was set back between the recovery of an answer and its late end, and in between somebody
// had edited what was recovered.
test('an answer that comes late has a greater stamp than what was recovered of it, whatever the clock says', async () => {
  const engine = await anEngine()
  const startedAt = engine.clock.now()
  const draft = { projectId: 'p', conversationId: 'c', attemptId: 'attempt', owner: 'page' }
  const answer = (text: string) => ({ id: 'answer', role: 'assistant', parts: [{ type: 'text', text }] })
  await engine.checkpointDraft({ ...draft, message: answer('half') })
  engine.clock.advance(60_000)
  await engine.wake({ reason: 'visible' })
  const recovered = (await engine.readOperations({})).conversations[0]?.operations[0]
  const edit = { conversationId: 'c', mutationId: engine.mutation(), message: { message: answer('edited') } }
  await engine.editMessage(edit)
  engine.clock.set(startedAt + 1_000)
  const message = { message: answer('half and whole') }
  await engine.finishDraft({ ...draft, mutationId: engine.mutation(), message })

  const { conversations } = await engine.readOperations({})
  const late = conversations[0]?.operations.find(
    (operation) => operation.kind === 'set' && JSON.stringify(operation.value).includes('whole'),
  )
  if (recovered?.kind !== 'set' || late?.kind !== 'set') throw new Error('Both were written.')
  expect(late.overwrites).toEqual([recovered.id])
  expect(late.stamp).toBeGreaterThan(recovered.stamp)
})
