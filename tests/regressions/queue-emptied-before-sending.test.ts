import { expect, test } from 'vitest'
import { createMemoryStorage } from '../../src/storage/memory.ts'
import { aDevice, aNetwork, aPair, textOf } from '../unit/engine/sync/a-device.ts'
import { createCloudDouble } from '../unit/engine/sync/cloud-double.ts'

// LeanSpec's sync service emptied its queue and wrote the empty queue down before it sent: a failure in the middle lost the rest.

test('a failure in the middle of sending loses nothing of the queue', async () => {
  const cloud = createCloudDouble()
  const { device, network } = await aPair(cloud)
  const texts = ['a', 'b', 'c', 'd', 'e', 'f'].map((letter) => letter.repeat(100_000))
  await device.say('c', ...texts)
  network.next(
    (_request, pass) => pass(),
    (_request, pass) => pass(),
    'request-lost',
  )
  await device.drain('save')
  expect(cloud.operations().length).toBeLessThan(6)
  expect(new Set([...cloud.operations(), ...(await device.queued())].flatMap(textOf))).toEqual(new Set(texts))
  await device.drain('online')
  expect(cloud.operations().flatMap(textOf)).toEqual(texts)
})

test('a process that dies while it sends finds the whole queue again', async () => {
  const cloud = createCloudDouble()
  const storage = createMemoryStorage()
  const network = aNetwork(cloud)
  const device = await aDevice({ network, storage })
  await device.say('c', 'one', 'two', 'three')
  const sending = new Promise<void>((resolve) => {
    network.next(() => {
      resolve()
      return new Promise(() => {})
    })
  })
  void device.drain('save')
  await sending
  storage.crash()
  const again = await aDevice({ network, storage, clock: device.clock, seed: 2 })
  expect((await again.queued()).flatMap(textOf)).toEqual(['one', 'two', 'three'])
  await again.drain('start')
  expect(cloud.operations().flatMap(textOf)).toEqual(['one', 'two', 'three'])
})
