import { expect, test } from 'vitest'
import { ERROR_CODES } from '../../../../src/domain/errors.ts'
import { remedyFor } from '../../../../src/engine/sync/remedies.ts'
import { aDevice, aNetwork, aPair } from './a-device.ts'
import { createCloudDouble, problem } from './cloud-double.ts'

test('tells what waits, since when, why, and until when', async () => {
  const cloud = createCloudDouble()
  const { device, network } = await aPair(cloud)
  const startedAt = device.clock.now()
  expect(await device.sync.status()).toEqual({
    state: 'idle',
    pendingCount: 0,
    oldestPendingAt: null,
    quarantinedCount: 0,
    lastError: null,
    nextAttemptAt: null,
    lastSuccessAt: null,
    attempt: 0,
  })
  await device.say('c', 'one')
  device.clock.advance(5_000)
  await device.say('c', 'two')
  network.next({ answer: problem(503, 'sync/server-error') })
  const { dueAt } = await device.drain('save')
  expect(await device.sync.status()).toEqual({
    state: 'waiting',
    pendingCount: 2,
    oldestPendingAt: startedAt,
    quarantinedCount: 0,
    lastError: {
      code: 'sync/server-error',
      message: expect.stringContaining('503'),
      retryable: true,
      details: { status: 503, serverCode: 'sync/server-error' },
      at: startedAt + 5_000,
      remedy: remedyFor({ code: 'sync/server-error', retryable: true }),
    },
    nextAttemptAt: dueAt,
    lastSuccessAt: null,
    attempt: 1,
  })
  device.clock.set(dueAt ?? 0)
  await device.drain('timer')
  expect(await device.sync.status()).toMatchObject({
    state: 'idle',
    pendingCount: 0,
    lastError: null,
    nextAttemptAt: null,
    lastSuccessAt: device.clock.now(),
    attempt: 0,
  })
})

test('every code has a remedy', () => {
  for (const code of ERROR_CODES) expect(remedyFor({ code, retryable: false }).length).toBeGreaterThan(10)
})

test('where everything is refused, the remedy is the address, and not the one change', async () => {
  expect(remedyFor({ code: 'sync/rejected', retryable: true })).toContain('cloud.url')
  expect(remedyFor({ code: 'sync/rejected', retryable: false })).toContain('export')
})

test('the beginning and the end of a drain are announced', async () => {
  const cloud = createCloudDouble()
  const { device } = await aPair(cloud)
  await device.say('c', 'one')
  device.events.published.length = 0
  const states: string[] = []
  const seen: Promise<void>[] = []
  device.events.subscribe((event) => {
    if (event.type !== 'statusChanged') return
    seen.push(device.sync.status().then(({ state }) => void states.push(state)))
  })
  await device.drain('save')
  await Promise.all(seen)
  expect(states[0]).toBe('syncing')
  expect(states.at(-1)).toBe('idle')
})

test('tells of a mutation whether the cloud has shown it', async () => {
  const cloud = createCloudDouble()
  const { device, network } = await aPair(cloud)
  const mutationId = await device.say('c', 'one')
  expect(await device.sync.isPending(mutationId)).toBe(true)
  network.next((_request, pass) => pass(), 'request-lost')
  await device.drain('save')
  expect(await device.sync.isPending(mutationId)).toBe(true)
  await device.drain('online')
  expect(await device.sync.isPending(mutationId)).toBe(false)
})

test('says when the database itself fails, and works again after it', async () => {
  const cloud = createCloudDouble()
  const { device } = await aPair(cloud)
  await device.say('c', 'one')
  const broken = await aDevice({
    network: aNetwork(cloud),
    storage: device.storage,
    clock: device.clock,
    seed: 2,
  })
  await broken.engine.close()
  const { dueAt, settled } = await broken.drain('save')
  expect(settled).toBe(false)
  expect(dueAt).toBeGreaterThan(device.clock.now())
  await device.drain('save')
  expect(cloud.operations()).toHaveLength(1)
})
