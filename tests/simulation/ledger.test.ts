import { expect, test } from 'vitest'
import type { Operation } from '../../src/domain/operation.ts'
import type { NetworkRequest } from '../../src/ports/network.ts'
import { operationId } from '../builders/operations.ts'
import { createLedger } from './ledger.ts'
import { createPlainCloud } from './plain/plain-cloud.ts'
import { createPlainLedger } from './plain/plain-ledger.ts'
import { copyMemory, createStore } from './store.ts'
import { createWorld } from './world.ts'

const name = { id: operationId(1), conversationId: 'c', register: 'title', overwrites: [] }
const whole: Operation = { ...name, kind: 'set', stamp: 1, value: { title: 'A title' } }
const stub: Operation = { ...name, kind: 'stub' }

/** One account is given an operation whole; what an account is shown of it is judged. */
function tellOf(shownTo: string) {
  const world = createWorld(1, false)
  const ledger = createLedger(world, true)
  const store = createStore('d1')
  const always = () => true
  const sender = { name: 'd1.worker1', store, now: () => 0, isOnline: always, isAlive: always }
  const serve = (account: string, request: Pick<NetworkRequest, 'method' | 'body'>, answer: object) =>
    ledger.served(
      { ...sender, session: () => account },
      { ...request, path: '/conversations', headers: { 'X-Chatkeep-Account': account } },
      { status: 200, headers: {}, body: JSON.stringify(answer) },
      account,
    )
  const body = JSON.stringify({ conversations: [{ id: 'c', operations: [whole] }] })
  serve('anna', { method: 'POST', body }, { accepted: [whole.id] })
  serve(shownTo, { method: 'GET' }, { operations: [stub] })
  return world.broken?.invariant
}

test('what the cloud was given whole it has to show whole', () => {
  expect(tellOf('anna')).toBe('what the cloud was given whole it shows whole')
})

// Seed 182306: two copies of one profile had each taken over what nobody had written, into different accounts.
test('an account that was given a stub of what another was given whole is shown a stub', () => {
  expect(tellOf('bert')).toBeUndefined()
})

// Seed 2184 of the plain servers: a copy of a profile let go of what lay in its trash, as the profile itself might have.
test('a copy of a profile has been shown, and has in its trash, what the profile had', () => {
  const { memory } = createStore('d1')
  memory.plain.heard.add('anna c m')
  memory.plain.trashed.add('c')
  const { plain } = copyMemory(memory)
  expect(plain).toEqual(memory.plain)
  expect(plain.trashed).not.toBe(memory.plain.trashed)
})

// Seed 3268: the copy of a profile removed a message before both took over what nobody had written.
test('what one disk holds whole and another as a stub has been written', () => {
  const world = createWorld(1, false)
  const ledger = createPlainLedger(world, true, createPlainCloud(world, true))
  for (const [name, operation] of Object.entries({ d1: whole, d2: stub })) {
    const after = { sequence: 1, operations: [operation] } as never
    ledger.committed(
      createStore(name),
      'chats:account-anna',
      [{ store: 'outbox', key: 1, before: undefined, after }],
      0,
    )
  }
  expect(ledger.operations.get(whole.id)).toEqual(whole)
})
