import { afterEach, expect, test } from 'vitest'
import { aMessage } from '../builders/engine.ts'
import { aDevice, aNetwork } from '../unit/engine/sync/a-device.ts'
import { aRealCloud, closeClouds } from '../unit/engine/sync/a-real-cloud.ts'
import { problem } from '../unit/engine/sync/cloud-double.ts'

afterEach(closeClouds)

/** Two projects with something to send, and a conversation in the second whose content is in the cloud only. */
async function aDeviceThatOpens() {
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
  const before = network.requests.length
  const busy = { answer: problem(429, 'sync/too-many-requests', { 'retry-after': '600' }) }
  return {
    device,
    append,
    /** While the next request is under way the conversation is opened, and the cloud asks for a pause. */
    openDuringNextRequest: () =>
      network.next(async (_request, pass) => {
        network.next(busy)
        const opened = device.service.fetchConversation({ conversationId: 'old' })
        await expect(opened).rejects.toMatchObject({ code: 'sync/too-many-requests' })
        return pass()
      }),
    asked: () =>
      network.requests.slice(before).map(({ method, path, body }) => {
        const projectId = new URLSearchParams(path.split('?')[1]).get('projectId')
        return `${method} ${projectId ?? JSON.parse(body ?? '').projectId}`
      }),
  }
}

// Found by the simulator (seed 52603): who may be asked was settled when a round of the queue began. While it was another project's turn
// somebody opened a conversation, and what the cloud asked for then was not respected.
test('a project is not asked when its turn comes if the cloud asked for a pause since the round began', async () => {
  const { device, append, openDuringNextRequest, asked } = await aDeviceThatOpens()
  await append('p', 'first', 'waits')
  await append('q', 'second', 'waits')
  openDuringNextRequest()
  await device.drain('save')
  expect(asked()).toEqual(['POST p', 'GET q', 'GET p'])
  expect((await device.space('q')).backoff).toMatchObject({ reason: 'rate' })
})

// Found by the simulator (seed 56444): the turn was its own, and went on with the next request.
test('a turn does not go on if the cloud asked for a pause meanwhile', async () => {
  const { device, append, openDuringNextRequest, asked } = await aDeviceThatOpens()
  await append('q', 'second', 'waits')
  openDuringNextRequest()
  await device.drain('save')
  expect(asked()).toEqual(['POST q', 'GET q'])

  device.clock.advance(600_001)
  await device.drain('timer')
  expect(asked()).toEqual(['POST q', 'GET q', 'GET q'])
  expect(await device.outbox()).toEqual([])
})
