import { expect, test } from 'vitest'
import { aDevice, aNetwork, aPair } from '../unit/engine/sync/a-device.ts'
import { createCloudDouble, problem } from '../unit/engine/sync/cloud-double.ts'

// LeanSpec's sync service had neither a backoff nor a timer: it hammered a server that was down, or never tried again.

test('a queue that could not be sent says when it is due, and waits longer after each failure', async () => {
  let turns = 0
  // Evenly spread over [0, 1), by the golden ratio.
  const randomNumber = () => (++turns * 0.618_033_988_749_895) % 1
  const { device, network } = await aPair(
    { request: async ({ path }) => problem(path === '/projects' ? 404 : 503, 'sync/server-error') },
    { randomNumber },
  )
  await device.say('c', 'one')
  const waits: number[] = []
  let { dueAt } = await device.drain('save')
  for (let failure = 0; failure < 400; failure++) {
    expect(dueAt).not.toBeNull()
    waits.push((dueAt ?? 0) - device.clock.now())
    device.clock.set(dueAt ?? 0)
    ;({ dueAt } = await device.drain('timer'))
  }
  for (const [index, wait] of waits.slice(0, 8).entries()) expect(wait).toBeLessThan(1_000 * 2 ** (index + 1))
  expect(Math.max(...waits)).toBeLessThan(300_000)
  const late = waits.slice(20)
  const mean = late.reduce((sum, wait) => sum + wait, 0) / late.length
  expect(mean).toBeGreaterThan(120_000)
  expect(mean).toBeLessThan(180_000)
  expect(network.posts()).toHaveLength(401)
})

test('the wait outlives the process that began it', async () => {
  const cloud = createCloudDouble()
  const network = aNetwork(cloud)
  const device = await aDevice({ network })
  network.next({ answer: problem(503, 'sync/server-error', { 'retry-after': '900' }) })
  await device.say('c', 'one')
  const { dueAt } = await device.drain('save')
  const again = await aDevice({ network, storage: device.storage, clock: device.clock, seed: 2 })
  await expect(again.drain('activate')).resolves.toEqual({ dueAt, settled: false })
  expect(network.posts()).toHaveLength(1)
  expect(await again.sync.status()).toMatchObject({ state: 'waiting', nextAttemptAt: dueAt, attempt: 1 })
})
