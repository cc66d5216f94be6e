import { expect, test } from 'vitest'
import { aPair } from '../unit/engine/sync/a-device.ts'
import { createCloudDouble, problem } from '../unit/engine/sync/cloud-double.ts'

// Found by the simulator (seeds 1685, 1900): a "sync now" that came while another context drained was kept for the next time, and ended a wait
// that began hours later.
test.each([
  [1_000, 'ends'],
  [3_600_000, 'does not end'],
] as const)('a sync that was asked for %i ms before %s a wait that began since', async (restedMs, ends) => {
  const { device, network } = await aPair(createCloudDouble())
  await device.say('c', 'one')
  await device.drain('save')
  await device.locks.hold(`sync:${device.database.name}`, { ifAvailable: true }, () => device.sync.syncNow())
  device.clock.advance(restedMs)
  await device.say('c', 'two')
  const setAt = device.clock.now()
  await device.changeSpace({
    backoff: { attempt: 3, setAt, reason: 'server', retryAfterUntil: null, nextAttemptAt: setAt + 5_000 },
  })
  network.next(async () => problem(503, 'sync/server-error'))
  const asked = network.requests.length
  await device.drain('focus')
  expect(network.requests.length > asked).toBe(ends === 'ends')
})
