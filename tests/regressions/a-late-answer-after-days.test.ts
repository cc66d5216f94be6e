import { expect, test } from 'vitest'
import { anEngine } from '../builders/engine.ts'

// Found by the simulator (seed 6007): a page was frozen while the clock went ten years ahead. What recovery had written was forgotten like
// the result of any command, so that the answer took itself for one that goes on with what is stored, and overwrote an edit.
test('an answer that comes days late still writes over what was recovered of it, and leaves what was edited since', async () => {
  const engine = await anEngine()
  const draft = { projectId: 'p', conversationId: 'c', attemptId: 'attempt', owner: 'page' }
  const answer = (text: string) => ({ id: 'answer', role: 'assistant', parts: [{ type: 'text', text }] })
  await engine.checkpointDraft({ ...draft, message: answer('half') })
  engine.clock.advance(60_000)
  await engine.wake('visible')
  const recovered = (await engine.readOperations({})).conversations[0]?.operations[0]
  const edit = { conversationId: 'c', mutationId: engine.mutation(), message: { message: answer('edited') } }
  await engine.editMessage(edit)
  engine.clock.advance(3 * 24 * 60 * 60_000)
  await engine.wake('start')
  const message = { message: answer('half and whole') }
  await engine.finishDraft({ ...draft, mutationId: engine.mutation(), message })

  const { conversations } = await engine.readOperations({})
  const late = conversations[0]?.operations.find(
    (operation) => operation.kind === 'set' && JSON.stringify(operation.value).includes('whole'),
  )
  if (recovered?.kind !== 'set' || late?.kind !== 'set') throw new Error('Both were written.')
  expect(late.overwrites).toEqual([recovered.id])
})
