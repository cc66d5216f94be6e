import { expect, test } from 'vitest'
import type { OperationId } from '../../src/domain/ids.ts'
import type { SetOperation } from '../../src/domain/operation.ts'
import { anEngine } from '../builders/engine.ts'

// Found by the simulator (seed 30): the list was of a server that had lost the first message, which a delta brought meanwhile.
test('a conversation that was listed with another date has the date of its first message once it is filled', async () => {
  const engine = await anEngine()
  const first: SetOperation = {
    kind: 'set',
    id: 'first-operation' as OperationId,
    conversationId: 'c',
    register: 'message:m',
    stamp: 1_000,
    overwrites: [],
    value: {
      parentId: null,
      born: 1_000,
      message: { id: 'm', role: 'user', parts: [] },
      status: 'complete',
      createdAt: 1_000,
    },
  }
  const listed = {
    id: 'c',
    projectId: 'p',
    title: 'New chat',
    messageCount: 1,
    createdAt: 5_000,
    updatedAt: 5_000,
    archived: false,
  }
  await engine.database.write('relaxed', (unit) => unit.noteListed('p', [listed]))
  await engine.database.write('relaxed', (unit) => unit.applyOperations('p', [first]))
  await engine.database.write('relaxed', (unit) => unit.noteFilled('c').then(() => undefined))
  const read = await engine.getConversation({ conversationId: 'c' })
  expect(read?.createdAt).toBe(1_000)
})
