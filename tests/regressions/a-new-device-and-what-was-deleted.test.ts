import { afterEach, expect, test } from 'vitest'
import type { Operation } from '../../src/domain/operation.ts'
import type { Network } from '../../src/ports/network.ts'
import { aDevice, type Device } from '../unit/engine/sync/a-device.ts'
import { aRealCloud, closeClouds } from '../unit/engine/sync/a-real-cloud.ts'

afterEach(closeClouds)

/** A device that hears of the project only now, and begins with the list of its conversations. */
async function aNewDevice(network: Network): Promise<Device> {
  const device = await aDevice({ network, name: 'new', seed: 9 })
  await device.database.write('relaxed', (unit) => unit.applyOperations('p', []))
  return device
}

async function everythingOf(device: Device): Promise<readonly Operation[]> {
  const { conversations } = await device.service.readOperations({})
  return conversations.flatMap(({ operations }) => operations).sort((a, b) => (a.id < b.id ? -1 : 1))
}

// Found by the simulator (seeds 13, 47, 82): it never heard of the purge, and would have taken an old copy of a message for new.
test('a new device learns what was deleted for ever before it came', async () => {
  const cloud = await aRealCloud()
  const old = await aDevice({ network: cloud })
  await old.say('kept', 'stays')
  await old.say('deleted', 'goes')
  await old.drain()
  await old.service.purgeConversation({ conversationId: 'deleted', mutationId: old.mutation() })
  await old.drain()

  const device = await aNewDevice(cloud)
  await device.drain('signed-in')
  await device.drain('online')
  expect(await everythingOf(device)).toEqual(await everythingOf(old))
  const { conversations } = await device.service.listConversations({ projectId: 'p', limit: 9 })
  expect(conversations.map(({ id }) => id)).toEqual(['kept'])
  expect(await device.service.getConversation({ conversationId: 'deleted' })).toBeNull()
})

// Found by the simulator (seeds 58 and 197): the date of the list stayed, although an older message had come before the content did.
test('a conversation that was listed before its content came has the date of its first message', async () => {
  const cloud = await aRealCloud()
  const early = await aDevice({ network: cloud, name: 'early', seed: 2 })
  await early.say('c', 'written first, sent last')
  const old = await aDevice({ network: cloud })
  old.clock.advance(60_000)
  await old.say('c', 'written last, sent first')
  await old.drain()

  const isCut = { fill: true }
  const device = await aNewDevice({
    async request(request) {
      if (isCut.fill && request.path.startsWith('/conversations/')) throw new Error('the network is gone')
      return cloud.request(request)
    },
  })
  await device.drain('signed-in')
  await early.drain()
  await device.drain('online')
  isCut.fill = false
  await device.drain('online')
  await old.drain()
  const [here, there] = await Promise.all(
    [device, old].map(({ service }) => service.getConversation({ conversationId: 'c' })),
  )
  expect({ ...here, revision: 0 }).toEqual({ ...there, revision: 0 })
})
