import { expect, test } from 'vitest'
import { aPair, type Fault } from '../unit/engine/sync/a-device.ts'
import { createCloudDouble } from '../unit/engine/sync/cloud-double.ts'

// Found by the simulator (seeds 100, 184, 207, 292, 299, 343): a cloud lost what it had just acknowledged, the pull that would have shown
// it failed, and the next turn began by sending what overwrites it.
test('nothing is sent on top of what was acknowledged and not shown yet', async () => {
  const cloud = createCloudDouble()
  const { device, network } = await aPair(cloud)
  await device.say('c', 'one')
  const rename = (title: string) =>
    device.service.renameConversation({ conversationId: 'c', mutationId: device.mutation(), title })
  await rename('older')
  cloud.backUp()
  const lostAfterwards: Fault = async (_request, pass) => {
    const answer = await pass()
    cloud.restore()
    return answer
  }
  network.next(lostAfterwards, 'request-lost')
  await device.drain('save')
  await rename('newer')
  const sentSoFar = network.posts().length
  await device.drain('online')

  const [next] = network.posts().slice(sentSoFar)
  expect(next?.body).toContain('older')
  const titles = cloud.operations().flatMap((operation) => {
    const isTitle = operation.kind === 'set' && operation.register === 'title'
    return isTitle ? [JSON.stringify(operation.value)] : []
  })
  expect(titles.map((title) => title.match(/older|newer/)?.[0])).toEqual(['older', 'newer'])
  expect(await device.outbox()).toEqual([])
})
