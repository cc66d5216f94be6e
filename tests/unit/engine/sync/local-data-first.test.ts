import { afterEach, expect, test } from 'vitest'
import { createMemoryStorage } from '../../../../src/storage/memory.ts'
import { aMessage, someMessages } from '../../../builders/engine.ts'
import { aDevice, type Device } from './a-device.ts'
import { absentIn, aFilledCloud, closeFilledClouds, listed, stopAfter } from './a-filled-cloud.ts'

afterEach(closeFilledClouds)

/** Many conversations that were written before anybody signed in, and that no cloud has seen. */
async function aDeviceWithMuch(
  cloud: Awaited<ReturnType<typeof aFilledCloud>>,
  { conversations = 30, storage = createMemoryStorage() } = {},
): Promise<Device> {
  const device = await aDevice({ network: cloud, storage })
  for (let index = 0; index < conversations; index++) {
    const act = { mutationId: device.mutation(), projectId: 'p', conversationId: `local-${index}` }
    await device.service.appendMessages({ ...act, messages: someMessages(20, `local-${index}-`) })
  }
  return device
}

const about = (cloud: Awaited<ReturnType<typeof aFilledCloud>>) =>
  cloud.asked.filter((asked) => asked.includes(' /conversations'))

test('a device full of its own that signs in to a full cloud lists everything at once, and tells how far it is', async () => {
  const cloud = await aFilledCloud()
  await cloud.fill(300, 3)
  const device = await aDeviceWithMuch(cloud)
  stopAfter(cloud, 3)
  await device.drain('signed-in')
  expect(
    about(cloud)
      .slice(0, 3)
      .map((asked) => asked.split('&')[0]),
  ).toEqual(['POST /conversations', 'GET /conversations?projectId=p', 'GET /conversations?projectId=p'])
  expect(await listed(device)).toHaveLength(330)
  expect(await absentIn(device)).toBe(300)
  expect((await device.service.status({})).fetching).toMatchObject({ listedCount: 305, filledCount: 0 })

  cloud.before = async () => {}
  cloud.asked.splice(0)
  await device.drain('online')
  expect(await device.outbox()).toEqual([])
  expect(await absentIn(device)).toBe(0)
  expect((await device.service.status({})).fetching).toBeUndefined()
  const asked = about(cloud)
  expect(
    asked.some((path) => path.includes('cursor=0&')),
    'nothing is pulled from zero',
  ).toBe(false)
  const lastPost = asked.findLastIndex((path) => path.startsWith('POST'))
  const fetched = asked.flatMap((path) => /conversations\/(c\d+)/.exec(path)?.[1] ?? [])
  const firstFetch = asked.findIndex((path) => /conversations\/c\d+/.test(path))
  expect(lastPost, 'what waits goes first').toBeLessThan(firstFetch)
  expect(fetched, 'newest first').toEqual(Array.from({ length: 300 }, (_, index) => `c${299 - index}`))

  const other = await aDevice({ network: cloud, name: 'other', seed: 7 })
  await other.drain('signed-in')
  expect(await listed(other)).toHaveLength(330)
  expect(await other.texts('local-7')).toEqual(await device.texts('local-7'))
  expect(await device.texts('c7')).toEqual(['c7 says 0', 'c7 says 1', 'c7 says 2'])
})

test('a conversation that is here and in the cloud has both parts, also when it dies in between', async () => {
  const cloud = await aFilledCloud()
  await cloud.fill(300, 2)
  const storage = createMemoryStorage()
  const device = await aDeviceWithMuch(cloud, { conversations: 1, storage })
  const act = { mutationId: device.mutation(), projectId: 'p', conversationId: 'c1' }
  await device.service.appendMessages({ ...act, messages: [aMessage('mine', 'written here')] })
  stopAfter(cloud, 3)
  await device.drain('signed-in')
  expect((await device.service.status({})).fetching).toMatchObject({ filledCount: 0 })
  expect(await device.texts('c1')).toEqual(['written here'])

  cloud.before = async () => {}
  const again = await aDevice({ network: cloud, storage, seed: 5 })
  again.clock.advance(600_000)
  await again.drain('start')
  expect(await again.outbox()).toEqual([])
  const { messages } = await again.service.loadMessages({ conversationId: 'c1', limit: 0 })
  expect(messages.length).toBeGreaterThan(0)
  const texts = await again.database.write('relaxed', async (unit) =>
    again.texted(await unit.knownOperations('c1')).toSorted(),
  )
  expect(texts).toEqual(['c1 says 0', 'c1 says 1', 'written here'])
  expect((await again.service.status({})).fetching).toBeUndefined()
})

test('an empty cloud takes what a device holds without any detour', async () => {
  const cloud = await aFilledCloud()
  const device = await aDeviceWithMuch(cloud, { conversations: 3 })
  await device.drain('signed-in')
  expect(await device.outbox()).toEqual([])
  expect(await listed(device)).toHaveLength(3)
  expect((await device.service.status({})).fetching).toBeUndefined()
})
