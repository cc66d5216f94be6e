import { afterEach, expect, test } from 'vitest'
import { aDevice, aNetwork } from '../unit/engine/sync/a-device.ts'
import { aRealCloud, closeClouds } from '../unit/engine/sync/a-real-cloud.ts'
import { problem } from '../unit/engine/sync/cloud-double.ts'

afterEach(closeClouds)

/** A device with one conversation, `old`, whose messages were freed. */
async function aDeviceWithRoom() {
  const network = aNetwork(await aRealCloud())
  const device = await aDevice({ network })
  await device.say('old', 'in the cloud only')
  await device.drain('save')
  device.clock.advance(60 * 60_000)
  await device.service.freeSpace({})
  const open = () => device.service.fetchConversation({ conversationId: 'old' })
  const asked = () => network.requests.length
  return { network, device, open, asked }
}

const BUSY = problem(429, 'sync/too-many-requests', { 'retry-after': '600' })

// Found by the simulator (seed 284): a conversation that was opened was asked for whatever its destination had asked for.
test('nothing is asked for a conversation that is opened while a Retry-After runs', async () => {
  const { network, device, open, asked } = await aDeviceWithRoom()
  network.next({ answer: BUSY })
  await device.drain('visible')
  const before = asked()
  const retryAt = device.clock.now() + 600_000
  await expect(open()).rejects.toMatchObject({
    code: 'sync/too-many-requests',
    retryable: true,
    details: { conversationId: 'old', retryAt },
  })
  expect(asked()).toBe(before)
  device.clock.advance(600_001)
  expect(await open()).toEqual({ isHere: true })
})

test('what the cloud asks for when a conversation is opened holds for everything', async () => {
  const { network, device, open, asked } = await aDeviceWithRoom()
  network.next({ answer: BUSY })
  await expect(open()).rejects.toMatchObject({ code: 'sync/too-many-requests' })
  const before = asked()
  await device.say('new', 'waits')
  await device.drain('online')
  await device.drain('save')
  expect(asked()).toBe(before)
  device.clock.advance(600_001)
  await device.drain('timer')
  expect(await device.outbox()).toEqual([])
})

test('a wait for the network ends when a conversation is opened, as when somebody syncs now', async () => {
  const { network, device, open } = await aDeviceWithRoom()
  network.next('request-lost')
  await device.drain('visible')
  expect((await device.service.status({})).nextAttemptAt).not.toBeNull()
  expect(await open()).toEqual({ isHere: true })
})
