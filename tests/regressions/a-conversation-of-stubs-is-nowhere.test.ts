import { expect, test } from 'vitest'
import type { MutationId, OperationId } from '../../src/domain/ids.ts'
import { anEngine } from '../builders/engine.ts'

// Found by a scenario of the simulator: everything of a conversation was lost with the cloud but what one device knew of its graph. Other
// devices listed it as a new conversation, dated by their own clocks, and that device did not list it.
test('a conversation of which only the graph is left is on no list', async () => {
  const engine = await anEngine()
  const lost = {
    kind: 'stub',
    id: 'AAAAAAAAAAAAAAAAAAAAAA' as OperationId,
    conversationId: 'c',
    register: 'message:m',
    overwrites: [],
  } as const
  const conversations = [{ conversationId: 'c', projectId: 'p', operations: [lost] }]

  await engine.absorbOperations({ mutationId: 'AAAAAAAAAAAAAAAAAAAAAA' as MutationId, conversations })

  expect((await engine.listConversations({ projectId: 'p' })).conversations).toEqual([])
  expect((await engine.readOperations({})).conversations[0]?.operations).toEqual([lost])
})
