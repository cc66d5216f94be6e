import { expect, test } from 'vitest'
import type { NetworkRequest } from '../../src/ports/network.ts'
import { aDevice, aNetwork, aPair, textOf } from '../unit/engine/sync/a-device.ts'
import { createCloudDouble } from '../unit/engine/sync/cloud-double.ts'

// LeanSpec's sync service sent events without an idempotency key: a repeat after a lost answer was a second event.

const idsOf = (request: NetworkRequest | undefined): readonly string[] =>
  (
    JSON.parse(request?.body ?? '') as { conversations: { operations: { id: string }[] }[] }
  ).conversations.flatMap(({ operations }) => operations.map(({ id }) => id))

test('a repeat carries the ids of the first try and has no second effect', async () => {
  const cloud = createCloudDouble()
  const { device, network } = await aPair(cloud)
  await device.say('c', 'one', 'two')
  network.next('answer-lost', 'answer-lost', 'answer-lost')
  for (let round = 0; round < 4; round++) await device.drain('online')
  const tries = network.posts().map(idsOf)
  expect(tries).toHaveLength(4)
  for (const ids of tries) expect(ids).toEqual(tries[0])
  expect(cloud.ids()).toEqual(tries[0])
  expect(cloud.operations().flatMap(textOf)).toEqual(['one', 'two'])
})

test('a command that a page repeats in the next process is sent once', async () => {
  const cloud = createCloudDouble()
  const device = await aDevice({ network: aNetwork(cloud) })
  const mutationId = device.mutation()
  const message = { message: { id: 'm', role: 'user', parts: [{ type: 'text', text: 'once' }] } }
  const command = { mutationId, projectId: 'p', conversationId: 'c', messages: [message] }
  await device.service.appendMessages(command)
  await device.drain('save')
  const again = await aDevice({
    network: aNetwork(cloud),
    storage: device.storage,
    clock: device.clock,
    seed: 2,
  })
  await again.service.appendMessages(command)
  await again.drain('save')
  expect(cloud.ids()).toHaveLength(1)
})
