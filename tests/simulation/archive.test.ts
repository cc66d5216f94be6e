import { expect, test } from 'vitest'
import type { Operation } from '../../src/domain/operation.ts'
import { operationId } from '../builders/operations.ts'
import { createLedger } from './ledger.ts'
import { createStore } from './store.ts'
import { createWorld } from './world.ts'

// Seed 102130: written where no cloud was known, it had never been in a queue, and that database was gone.
test('what an account took over from a database of nobody is seen by this disk', () => {
  const world = createWorld(1, false)
  const ledger = createLedger(world, true)
  const store = createStore('d1')
  const queue = (number: number, mutationId: string, operations: readonly Operation[]) => {
    const row = { conversationId: 'c', projectId: 'p', mutationId, state: 'waiting', operations }
    ledger.committed(
      store,
      'chats:account-anna',
      [
        { store: 'commits', key: number, before: undefined, after: { number } },
        { store: 'outbox', key: number, before: undefined, after: row },
      ],
      world.now(),
    )
  }
  const id = operationId(1)
  queue(1, '', [{ kind: 'stub', id, conversationId: 'c', register: 'message:a', overwrites: [] }])
  queue(2, 'd1-tab1-0001', [{ kind: 'purge', id: operationId(2), conversationId: 'c', names: [id] }])
  expect(world.broken).toBeUndefined()
})
