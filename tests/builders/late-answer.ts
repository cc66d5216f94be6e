import type { SetOperation } from '../../src/domain/operation.ts'
import { anEngine } from './engine.ts'

/** An answer whose writer fell silent: what there was of it was recovered, and that was edited since. Its writer ends it when a test says so. */
export async function anEditedRecovery() {
  const engine = await anEngine()
  const draft = { projectId: 'p', conversationId: 'c', attemptId: 'attempt', owner: 'page' }
  const answer = (text: string) => ({ id: 'answer', role: 'assistant', parts: [{ type: 'text', text }] })
  await engine.checkpointDraft({ ...draft, message: answer('half') })
  engine.clock.advance(60_000)
  await engine.wake('visible')
  const recovered = await writtenWith('half')
  const edit = { conversationId: 'c', mutationId: engine.mutation(), message: { message: answer('edited') } }
  await engine.editMessage(edit)

  async function writtenWith(text: string): Promise<SetOperation> {
    const { conversations } = await engine.readOperations({})
    const found = conversations[0]?.operations.find(
      (operation) => operation.kind === 'set' && JSON.stringify(operation.value).includes(text),
    )
    if (found?.kind !== 'set') throw new Error(`Nothing was written with ${text}.`)
    return found
  }

  return {
    engine,
    recovered,
    /** The writer comes back and ends the answer; what it wrote. */
    async end(): Promise<SetOperation> {
      const message = { message: answer('half and whole') }
      await engine.finishDraft({ ...draft, mutationId: engine.mutation(), message })
      return writtenWith('whole')
    },
  }
}
