import { afterEach, expect, test } from 'vitest'
import { aDevice, aNetwork } from '../unit/engine/sync/a-device.ts'
import { aRealCloud, closeClouds } from '../unit/engine/sync/a-real-cloud.ts'

afterEach(closeClouds)

type Device = Awaited<ReturnType<typeof aDevice>>

/** The message `one` is deleted for ever, and the cloud is told. */
async function purgeOne(author: Device): Promise<void> {
  const [mutationId, messageId] = [author.mutation(), 'author-c-one']
  await author.service.removeMessage({ mutationId, conversationId: 'c', messageId, forever: true })
  await author.drain()
}

/** A cloud with the messages `one` and `two`, a backup of it, and then a purge of `one` that the backup does not have. */
async function aCloudThatForgetsAPurge() {
  const cloud = await aRealCloud({ file: true, maxPageOperations: 2 })
  const author = await aDevice({ network: cloud, name: 'author' })
  await author.say('c', 'one', 'two', 'three')
  await author.drain()
  await cloud.backUp()
  await purgeOne(author)
  return cloud
}

// Found by the simulator (seed 131): the page told of a purge before it came, the cloud lost the purge, and the message was nowhere.
test('what a page left out for something that the log lost afterwards is asked for again', async () => {
  const cloud = await aCloudThatForgetsAPurge()
  const network = aNetwork(cloud)
  const device = await aDevice({ network, name: 'other', seed: 2 })
  await device.say('mine', 'here')
  await device.changeSpace({ lastSuccessAt: 0 }) // One that was here before pulls page by page, without the list.
  network.next(
    (_request, pass) => pass(),
    (_request, pass) => pass(),
    'request-lost',
  )
  await device.drain('save')
  expect(await device.texts('c')).toEqual(['two'])

  await cloud.restore()
  await device.drain('online')
  expect(await device.texts('c')).toEqual(['one', 'two', 'three'])
  expect(await device.texts('mine')).toEqual(['here'])
  expect(await device.outbox()).toEqual([])
})

test('the same for a conversation that was filled up to a point before the purge', async () => {
  const cloud = await aRealCloud({ file: true })
  const author = await aDevice({ network: cloud, name: 'author' })
  await author.say('c', 'one', 'two')
  await author.drain()
  const network = aNetwork(cloud)
  const device = await aDevice({ network, name: 'other', seed: 2 })
  await device.database.write('relaxed', (unit) => unit.applyOperations('p', []))
  network.next(
    (_request, pass) => pass(),
    async (_request, pass) => {
      // Between the list and the content: a backup, and then a purge that is not in it.
      await cloud.backUp()
      await purgeOne(author)
      return pass()
    },
  )
  await device.drain('signed-in')
  expect(network.requests.map(({ path }) => path.split('?')[0])).toEqual([
    '/conversations',
    '/conversations/c',
  ])
  expect(await device.texts('c')).toEqual(['two'])
  await cloud.restore()
  await device.drain('online')
  expect(await device.texts('c')).toEqual(['one', 'two'])
})

// Seen by reading: the cursor had moved on when the content came, and so did not learn how far the log had gone when that was made.
test('the same when a page of the delta moved the cursor while the content was under way', async () => {
  const cloud = await aRealCloud({ file: true })
  const author = await aDevice({ network: cloud, name: 'author' })
  await author.say('c', 'one', 'two')
  await author.drain()
  const network = aNetwork(cloud)
  const device = await aDevice({ network, name: 'other', seed: 2 })
  await device.database.write('relaxed', (unit) => unit.applyOperations('p', []))
  network.next(
    (_request, pass) => pass(),
    async (_request, pass) => {
      await author.say('d', 'meanwhile')
      await author.drain()
      const elsewhere = aNetwork(cloud)
      elsewhere.next((_delta, passDelta) => passDelta(), 'request-lost')
      const { storage } = device
      await (await aDevice({ network: elsewhere, storage, name: 'other', seed: 3 })).drain('signed-in')
      await cloud.backUp()
      await purgeOne(author)
      return pass()
    },
  )
  await device.drain('signed-in')
  expect(await device.texts('c')).toEqual(['two'])
  await cloud.restore()
  await device.drain('online')
  expect(await device.texts('d')).toEqual(['meanwhile'])
  expect(await device.texts('c')).toEqual(['one', 'two'])
})
