import { expect, test } from 'vitest'
import type { NetworkRequest } from '../../src/ports/network.ts'
import type { BackoffRecord, SyncRecord } from '../../src/ports/records/sync.ts'
import { createStore } from './store.ts'
import { checkWait, noteAnswer, noteRecord } from './waits.ts'
import { createWorld } from './world.ts'

const request: NetworkRequest = {
  method: 'GET',
  path: '/projects',
  headers: { 'X-Chatkeep-Account': 'anna' },
}

function aWaitOf(backoff: BackoffRecord): SyncRecord {
  return {
    ...{ key: 'directory', kind: 'space', projectId: '', cursor: '0', incarnation: 'i', suspect: false },
    ...{ backoff, parked: null, lastError: null, lastSuccessAt: null },
  } as SyncRecord
}

/** The cloud names a time of ten minutes; 50 ms later a wait of this kind is on the disk, and soon after somebody asks. */
function tellOf(wait: Pick<BackoffRecord, 'reason' | 'retryAfterUntil'>) {
  const world = createWorld(1, false)
  const store = createStore('d1')
  const { waits } = store.memory
  const response = { status: 429, headers: { 'retry-after': '600' }, body: '' }
  noteAnswer(waits, request, response, 1_000)
  const record = aWaitOf({ attempt: 1, setAt: 1_050, nextAttemptAt: 1_100, ...wait })
  noteRecord(waits, 'chats:account-anna', record, 1_050, world)
  checkWait(world, 'd1.worker1', store, request, 2_000)
  return world.broken?.invariant
}

test('a time that the cloud named is respected once it is on the disk', () => {
  expect(tellOf({ reason: 'rate', retryAfterUntil: 601_000 })).toBe('only time ends a Retry-After')
})

// Seed 109471: what had heard of the time could not write it, and another context failed for a reason of its own.
test('another context whose own wait is on the disk does not know of a time that was never written', () => {
  expect(tellOf({ reason: 'server', retryAfterUntil: null })).toBeUndefined()
})
