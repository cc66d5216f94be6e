import { afterEach, expect, test } from 'vitest'
import { aMessage } from '../builders/engine.ts'
import { aDevice, aNetwork } from '../unit/engine/sync/a-device.ts'
import { aRealCloud, closeClouds } from '../unit/engine/sync/a-real-cloud.ts'
import { problem } from '../unit/engine/sync/cloud-double.ts'

afterEach(closeClouds)

// Found by the simulator (seed 52603): who may be asked was settled when a round of the queue began. While it was another project's turn
// somebody opened a conversation, and what the cloud asked for then was not respected.
test('a project is not asked when its turn comes if the cloud asked for a pause since the round began', async () => {
  const network = aNetwork(await aRealCloud())
  const device = await aDevice({ network })
  const append = (projectId: string, conversationId: string, text: string) =>
    device.service.appendMessages({
      mutationId: device.mutation(),
      projectId,
      conversationId,
      messages: [aMessage(`${conversationId}-${text}`, text)],
    })
  await append('q', 'old', 'in the cloud only')
  await device.drain('visible')
  device.clock.advance(60 * 60_000)
  await device.service.freeSpace({})
  await append('p', 'first', 'waits')
  await append('q', 'second', 'waits')

  const busy = { answer: problem(429, 'sync/too-many-requests', { 'retry-after': '600' }) }
  const asked = network.requests.length
  network.next(async (_request, pass) => {
    network.next(busy)
    const opened = device.service.fetchConversation({ conversationId: 'old' })
    await expect(opened).rejects.toMatchObject({ code: 'sync/too-many-requests' })
    return pass()
  })
  await device.drain('save')

  const turns = network.requests.slice(asked).map(({ method, path, body }) => {
    const projectId = new URLSearchParams(path.split('?')[1]).get('projectId')
    return `${method} ${projectId ?? JSON.parse(body ?? '').projectId}`
  })
  expect(turns).toEqual(['POST p', 'GET q', 'GET p'])
  expect((await device.space('q')).backoff).toMatchObject({ reason: 'rate' })
})
