import { expect, test } from 'vitest'
import type { Host } from '../../../src/engine/host-ports.ts'
import { drainInBackground } from '../../../sw/background-sync.ts'
import { createFakeClock, settled } from '../rpc/fake-clock.ts'
import { createFakeScope } from './fake-scope.ts'

const TAG = 'chatkeep-sync'

function createWorker(
  settledAfter: boolean[],
  options: Parameters<typeof createFakeScope>[0] = {},
  dueInMs: number | null = null,
  failure?: Error,
) {
  const clock = createFakeClock()
  const fake = createFakeScope(options)
  const reasons: string[] = []
  const host = {
    wake: async (reason: string) => {
      reasons.push(reason)
      if (failure !== undefined) throw failure
      return { dueAt: dueInMs === null ? null : clock.now() + dueInMs, settled: settledAfter.shift() ?? true }
    },
  } as unknown as Host
  return { ...fake, clock, reasons, background: drainInBackground(fake.scope, host, clock) }
}

test('a sync event resolves when nothing is left', async () => {
  const { dispatch, reasons } = createWorker([true])
  await expect(dispatch('sync', { tag: TAG, lastChance: false })).resolves.toBeUndefined()
  expect(reasons).toEqual(['sync'])
})

test('a sync event rejects while something is left, so that the browser tries again', async () => {
  const { dispatch, registered } = createWorker([false])
  await expect(dispatch('sync', { tag: TAG, lastChance: false })).rejects.toThrow()
  expect(registered).toEqual([])
})

test('on the last chance it registers anew instead of giving up', async () => {
  const { dispatch, registered } = createWorker([false])
  await dispatch('sync', { tag: TAG, lastChance: true })
  expect(registered).toEqual([TAG])
})

test('a queue that could not be looked after is asked for again, also after the last chance', async () => {
  const failing = () => createWorker([], {}, null, new Error('The databases could not be listed.'))
  await expect(failing().dispatch('sync', { tag: TAG, lastChance: false })).rejects.toThrow()
  const last = failing()
  await last.dispatch('sync', { tag: TAG, lastChance: true })
  expect(last.registered).toEqual([TAG])
})

test("another tag is somebody else's", async () => {
  const { dispatch, reasons } = createWorker([])
  await dispatch('sync', { tag: 'app', lastChance: false })
  expect(reasons).toEqual([])
})

test('one registration is enough until its event came', async () => {
  const { background, registered, dispatch } = createWorker([true])
  background.request()
  background.request()
  await settled()
  expect(registered).toEqual([TAG])
  await dispatch('sync', { tag: TAG, lastChance: false })
  background.request()
  await settled()
  expect(registered).toEqual([TAG, TAG])
})

test.each(['denied', 'absent'] as const)('with Background Sync %s nothing fails', async (sync) => {
  const { background, dispatch } = createWorker([false], { sync })
  background.request()
  await settled()
  await dispatch('activate')
})

test('activation wakes the queue without holding up the pages that wait for the worker', async () => {
  const { dispatch, reasons } = createWorker([])
  await dispatch('activate')
  expect(reasons).toEqual(['activate'])
})

test('an event that echoes the registration of a save ends no wait', async () => {
  const { background, dispatch, reasons, clock } = createWorker([true, true])
  background.request()
  await settled()
  await dispatch('sync', { tag: TAG, lastChance: false })
  expect(reasons).toEqual(['timer'])
  background.request()
  await clock.advance(5_000)
  await dispatch('sync', { tag: TAG, lastChance: false })
  expect(reasons).toEqual(['timer', 'sync'])
})

test('an event stays for a retry that is due soon, and not for one that is not', async () => {
  const soon = createWorker([false, true], {}, 3_000)
  const event = soon.dispatch('sync', { tag: TAG, lastChance: false })
  await settled()
  await soon.clock.advance(3_000)
  await expect(event).resolves.toBeUndefined()
  expect(soon.reasons).toEqual(['sync', 'timer'])
  const late = createWorker([false], {}, 60_000)
  await expect(late.dispatch('sync', { tag: TAG, lastChance: false })).rejects.toThrow()
})
