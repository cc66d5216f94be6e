import { afterEach, expect, test } from 'vitest'
import { aDevice, aNetwork } from '../unit/engine/sync/a-device.ts'
import { aRealCloud, closeClouds } from '../unit/engine/sync/a-real-cloud.ts'

afterEach(closeClouds)

// Found by the simulator (seed 15800): the answer grew in a conversation that the device then heard of, and had not fetched when its writer died.
test('what was left of an answer becomes a message in the wake-up that fetches its conversation', async () => {
  const cloud = await aRealCloud({ maxPageOperations: 2 })
  const author = await aDevice({ network: cloud, name: 'author' })
  await author.say('c', 'one', 'two', 'three')
  await author.drain()
  const network = aNetwork(cloud)
  const device = await aDevice({ network, name: 'other', seed: 2 })
  const message = { id: 'answer', role: 'assistant', parts: [{ type: 'text', text: 'half' }] }
  const draft = { projectId: 'p', conversationId: 'c', attemptId: 'attempt', owner: 'page' }
  await device.service.checkpointDraft({ ...draft, message })
  network.next((_delta, pass) => pass(), 'request-lost')
  await device.drain('signed-in')
  device.clock.advance(60_000)

  await device.engine.wake('online')
  expect(await device.database.read(['drafts'], (tx) => tx.scan('drafts'))).toEqual([])
  expect(await device.outbox()).toEqual([])
  await author.drain()
  const { messages } = await author.service.loadMessages({ conversationId: 'c', limit: 0 })
  const { conversations } = await author.service.readOperations({})
  expect(JSON.stringify([messages, conversations])).toContain('"half"')
})
