import { afterEach, expect, test } from 'vitest'
import { offerEverything } from '../../../../src/engine/outbox.ts'
import { createMemoryStorage } from '../../../../src/storage/memory.ts'
import { aDevice, type Device } from './a-device.ts'
import {
  absentIn,
  aFilledCloud,
  aNewDevice,
  closeFilledClouds,
  listed,
  postTo,
  stopAfter,
} from './a-filled-cloud.ts'

afterEach(closeFilledClouds)
type Cloud = Awaited<ReturnType<typeof aFilledCloud>>

/** A log of more than one page, and a list of two. */
async function aCloudOfTwoPages(): Promise<Cloud> {
  const cloud = await aFilledCloud()
  await cloud.fill(30, 18)
  cloud.listLimit = 20
  return cloud
}

/** A device that was written to while it knew of no cloud, and that then knows one. */
async function aDeviceWithItsOwn(cloud: Cloud, conversationId: string, ...texts: readonly string[]) {
  const storage = createMemoryStorage()
  const early = await aDevice({ network: null, storage })
  await early.say(conversationId, ...texts)
  await early.engine.close()
  return { storage, device: await aDevice({ network: cloud, storage, seed: 2 }) }
}

const lists = (cloud: Cloud) => cloud.asked.filter((path) => path.includes('trashed=include'))
const posts = (cloud: Cloud) => cloud.asked.filter((path) => path.startsWith('POST'))

/** Both devices show the same, and every message once. */
async function expectAlike(device: Device, cloud: Cloud, ids: readonly string[]): Promise<void> {
  cloud.before = async () => {}
  device.clock.advance(600_000)
  await device.drain('online')
  expect(await device.outbox()).toEqual([])
  expect(await absentIn(device)).toBe(0)
  expect((await device.service.status({})).fetching).toBeUndefined()
  const other = await aNewDevice(cloud, { seed: 9, name: 'other' })
  await other.drain('signed-in')
  expect(await listed(device)).toHaveLength((await listed(other)).length)
  for (const id of ids) expect(await device.texts(id), id).toEqual(await other.texts(id))
}

test('a device that was written to before it knew of a cloud shows the list first, and fetches with progress', async () => {
  const cloud = await aFilledCloud()
  await cloud.fill(40, 20)
  const { device } = await aDeviceWithItsOwn(cloud, 'mine', 'first', 'second')
  // The page of the log that is too long, the list, the own conversation, what came of it, then content.
  stopAfter(cloud, 6)
  await device.drain('signed-in')
  expect(cloud.asked.findIndex((path) => path.includes('trashed=include'))).toBeLessThan(
    cloud.asked.findIndex((path) => path.startsWith('POST')),
  )
  expect(await listed(device)).toHaveLength(41)
  expect(await absentIn(device)).toBeGreaterThan(35)
  expect((await device.service.status({})).fetching).toMatchObject({ listedCount: 40 })
  expect(await device.texts('mine')).toEqual(['first', 'second'])

  cloud.before = async () => {}
  await device.drain('online')
  const fetched = cloud.asked.flatMap((path) => /\/conversations\/(c\d+)\?/.exec(path)?.[1] ?? [])
  expect([...new Set(fetched)], 'newest first').toEqual(
    Array.from({ length: 40 }, (_, index) => `c${39 - index}`),
  )
  expect(posts(cloud), 'nothing is sent twice').toHaveLength(1)
  await expectAlike(device, cloud, ['mine', 'c7', 'c0'])
})

test('a device that has a conversation which the cloud has, too, has both parts of it', async () => {
  const cloud = await aFilledCloud()
  await cloud.fill(40, 20)
  const { device } = await aDeviceWithItsOwn(cloud, 'c7', 'said here')
  await device.drain('signed-in')
  expect(lists(cloud)).toHaveLength(1)
  await expectAlike(device, cloud, ['c7'])
  const texts = await device.database.write('relaxed', async (unit) =>
    device.texted(await unit.knownOperations('c7')),
  )
  expect(texts.toSorted()).toEqual(
    [...Array.from({ length: 20 }, (_, index) => `c7 says ${index}`), 'said here'].toSorted(),
  )
})

test('a device with its own goes on where it stood when it is killed between two pages of the list', async () => {
  const cloud = await aCloudOfTwoPages()
  const { storage, device: killed } = await aDeviceWithItsOwn(cloud, 'mine', 'first')
  stopAfter(cloud, 2)
  await killed.drain('signed-in')
  expect(await absentIn(killed)).toBe(20)
  expect(posts(cloud)).toEqual([])
  await killed.engine.close()
  cloud.asked.splice(0)
  // The rest of the list, its own conversation, what came of it, then content.
  stopAfter(cloud, 6)
  const device = await aDevice({ network: cloud, storage, seed: 3 })
  await device.drain('online')
  expect(await listed(device)).toHaveLength(31)
  expect(posts(cloud)).toHaveLength(1)
  expect(lists(cloud)).toHaveLength(1)
  // Its own is on no page and may have been moved there by others: it is looked at, too.
  expect((await device.service.status({})).fetching).toMatchObject({ listedCount: 31 })
})

test('a device that is killed before the list came offers its own once, and lists then', async () => {
  const cloud = await aFilledCloud()
  await cloud.fill(40, 20)
  const { storage, device: killed } = await aDeviceWithItsOwn(cloud, 'mine', 'first', 'second')
  stopAfter(cloud, 1)
  await killed.drain('signed-in')
  expect(await absentIn(killed)).toBe(0)
  expect(killed.texted(await killed.queued())).toEqual(['first', 'second'])
  await killed.engine.close()
  cloud.before = async () => {}
  const device = await aDevice({ network: cloud, storage, seed: 3 })
  await device.drain('online')
  expect(lists(cloud).length).toBeGreaterThan(0)
  await expectAlike(device, cloud, ['mine', 'c7'])
})

test.each([
  { who: 'a device with its own', hasOwn: true },
  { who: 'a new device', hasOwn: false },
])('$who has all of a conversation that moved between two pages of the list', async ({ hasOwn }) => {
  const cloud = await aCloudOfTwoPages()
  const device = hasOwn ? (await aDeviceWithItsOwn(cloud, 'mine', 'first')).device : await aNewDevice(cloud)
  let isMoved = false
  cloud.before = async (path) => {
    if (isMoved || !path.includes('before=')) return
    isMoved = true
    await postTo(cloud, 'c0', 18)
  }
  await device.drain('signed-in')
  expect(isMoved).toBe(true)
  expect(await device.texts('c0')).toEqual(Array.from({ length: 19 }, (_, index) => `c0 says ${index}`))
  await expectAlike(device, cloud, ['c0', 'c29'])
})

test('a conversation that is deleted for ever between two pages of the list is nowhere', async () => {
  const cloud = await aCloudOfTwoPages()
  const { device } = await aDeviceWithItsOwn(cloud, 'mine', 'first')
  let isDeleted = false
  cloud.before = async (path) => {
    if (isDeleted || !path.includes('before=')) return
    isDeleted = true
    for (const id of ['c0', 'c29']) await cloud.remove(id)
  }
  await device.drain('signed-in')
  expect(isDeleted).toBe(true)
  expect(await listed(device)).toHaveLength(29)
  await expectAlike(device, cloud, ['mine', 'c1'])
})

test('a cloud that is another one at the second page of the list gets what is here, and nothing stays that was only listed', async () => {
  const cloud = await aCloudOfTwoPages()
  const { device } = await aDeviceWithItsOwn(cloud, 'mine', 'first')
  let isReplaced = false
  cloud.before = async (path) => {
    if (isReplaced || !path.includes('before=')) return
    isReplaced = true
    await cloud.replace()
  }
  await device.drain('signed-in')
  expect(isReplaced).toBe(true)
  expect((await listed(device)).map(({ id }) => id)).toEqual(['mine'])
  await expectAlike(device, cloud, ['mine'])
})

test('a 410 at the second page of the list has everything compared from the beginning', async () => {
  const cloud = await aCloudOfTwoPages()
  const { device } = await aDeviceWithItsOwn(cloud, 'mine', 'first')
  const { request } = cloud
  let isGone = false
  cloud.request = async (asked) => {
    if (isGone || !asked.path.includes('before=')) return request(asked)
    isGone = true
    const headers = { 'content-type': 'application/problem+json' }
    return { status: 410, headers, body: JSON.stringify({ status: 410, code: 'sync/gone' }) }
  }
  await device.drain('signed-in')
  expect(isGone).toBe(true)
  expect(await device.space()).not.toHaveProperty('fresh')
  expect(await listed(device)).toHaveLength(31)
  await expectAlike(device, cloud, ['mine', 'c0'])
  expect(posts(cloud), 'nothing is sent twice').toHaveLength(1)
})

test('what somebody writes who still knows of no cloud, while everything is queued, is sent, too', async () => {
  const cloud = await aFilledCloud()
  await cloud.fill(40, 20)
  const { storage, device } = await aDeviceWithItsOwn(cloud, 'mine', 'first')
  const unaware = await aDevice({ network: null, storage, name: 'device', seed: 5 })
  let isWritten = false
  cloud.before = async (path) => {
    if (isWritten || !path.includes('trashed=include')) return
    isWritten = true
    await unaware.say('mine', 'late')
    await unaware.say('mine too', 'later')
  }
  await device.drain('signed-in')
  expect(isWritten).toBe(true)
  await expectAlike(device, cloud, ['mine', 'mine too', 'c7'])
  expect(await device.texts('mine')).toEqual(['first', 'late'])
  expect(await device.texts('mine too')).toEqual(['later'])
})

test('a device that has met a cloud compares what it wrote without one from the beginning', async () => {
  const cloud = await aFilledCloud()
  await cloud.fill(3, 2)
  const { storage, device } = await aDeviceWithItsOwn(cloud, 'mine', 'first')
  await device.drain('signed-in')
  expect(await device.space()).not.toHaveProperty('fresh')
  await device.engine.close()
  const unaware = await aDevice({ network: null, storage, seed: 5 })
  await unaware.say('mine', 'second')
  await unaware.engine.close()
  await cloud.fill(40, 20)
  const again = await aDevice({ network: cloud, storage, seed: 6 })
  await again.drain('signed-in')
  expect(lists(cloud)).toEqual([])
  await expectAlike(again, cloud, ['mine', 'c7'])
})

test('another cloud that is named before the first one answered is a first one, too', async () => {
  const cloud = await aFilledCloud()
  await cloud.fill(40, 20)
  const device = await aDevice({ network: cloud })
  await device.say('mine', 'first')
  await offerEverything(device.database, false)
  expect(await device.space()).toMatchObject({ suspect: true, fresh: true })
  await device.drain('signed-in')
  expect(lists(cloud)).toHaveLength(1)
  await expectAlike(device, cloud, ['mine', 'c7'])
})
