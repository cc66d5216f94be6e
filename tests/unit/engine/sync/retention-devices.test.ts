import { afterEach, expect, test } from 'vitest'
import { DAY_MS } from '../../../../src/domain/retention.ts'
import { aPair, type Device } from './a-device.ts'
import { aRealCloud, closeClouds } from './a-real-cloud.ts'

afterEach(closeClouds)

const MINUTE_MS = 60_000
const inC = (device: Device) => ({ mutationId: device.mutation(), conversationId: 'c' })
const isThere = async (device: Device) =>
  (await device.service.getConversation({ conversationId: 'c' })) !== null
const automation = async (device: Device) => (await device.service.status({})).automation

/** Devices whose project deletes what was in the trash for ten days; one time for all unless a test sets a clock. */
async function someDevices(...names: string[]) {
  const cloud = await aRealCloud({ file: true })
  const devices: Device[] = []
  for (const [index, name] of names.entries()) {
    const { device } = await aPair(cloud, { name, seed: index + 1 })
    await device.service.setRetention({ projectId: 'p', policy: { purgeAfterDays: 10 } })
    devices.push(device)
  }
  const wait = (ms: number) => {
    cloud.now.ms += ms
    for (const device of devices) device.clock.advance(ms)
  }
  return { cloud, devices, wait }
}

test('the time in the trash is counted from when the cloud received it, however long it was trashed offline before', async () => {
  const { cloud, devices, wait } = await someDevices('first')
  const [first] = devices as [Device]
  await first.say('c', 'one')
  await first.engine.wake('start')
  await first.service.trashConversation(inC(first))
  wait(30 * DAY_MS) // Nothing was sent in all that time.
  await first.engine.wake('visible')
  expect(await isThere(first)).toBe(true)
  wait(10 * DAY_MS - MINUTE_MS)
  await first.engine.wake('visible')
  expect(await isThere(first)).toBe(true)
  wait(2 * 60 * MINUTE_MS)
  await first.engine.wake('visible')
  expect(await isThere(first)).toBe(false)
  await first.engine.wake('visible')
  expect(cloud.everything()).not.toContain('"one"')
})

test('what another device put into the trash later counts from then', async () => {
  const { devices, wait } = await someDevices('first', 'second')
  const [first, second] = devices as [Device, Device]
  await first.say('c', 'one')
  await first.drain('save')
  await second.drain('start')
  await first.service.trashConversation(inC(first))
  await first.drain('save')
  await second.service.trashConversation(inC(second))
  wait(9 * DAY_MS)
  await second.drain('save')
  wait(2 * DAY_MS)
  await first.engine.wake('visible')
  expect(await isThere(first)).toBe(true)
  wait(8 * DAY_MS)
  await first.engine.wake('visible')
  expect(await isThere(first)).toBe(false)
})

test('nothing happens by itself while the clock is wrong by more than ten minutes, or the cloud does not answer', async () => {
  const { devices, wait } = await someDevices('first')
  const [first] = devices as [Device]
  await first.say('c', 'one')
  await first.service.trashConversation(inC(first))
  await first.engine.wake('start')
  first.clock.advance(20 * DAY_MS) // The cloud knows nothing of these days.
  await first.engine.wake('visible')
  expect(await isThere(first)).toBe(true)
  expect(await automation(first)).toMatchObject({ state: 'clock-wrong' })
  first.clock.advance(-20 * DAY_MS)
  wait(11 * DAY_MS)
  first.clock.advance(11 * MINUTE_MS)
  await first.engine.wake('visible')
  expect(await automation(first)).toMatchObject({ state: 'clock-wrong' })
  first.clock.advance(-2 * MINUTE_MS)
  await first.engine.wake('visible')
  expect(await isThere(first)).toBe(false)
})

test('without an answer of the cloud nothing is deleted for ever', async () => {
  const cloud = await aRealCloud({ file: true })
  let isReachable = true
  const { device } = await aPair({
    request: async (request) => {
      if (!isReachable) throw new Error('no network')
      return cloud.request(request)
    },
  })
  await device.service.setRetention({ projectId: 'p', policy: { purgeAfterDays: 10 } })
  await device.say('c', 'one')
  await device.service.trashConversation(inC(device))
  await device.engine.wake('start')
  cloud.now.ms += 11 * DAY_MS
  device.clock.advance(11 * DAY_MS)
  isReachable = false
  await device.engine.wake('visible')
  expect(await isThere(device)).toBe(true)
  expect(await automation(device)).toMatchObject({ state: 'clock-unknown' })
  isReachable = true
  await device.engine.wake('online')
  expect(await isThere(device)).toBe(false)
})

test('after the cloud was restored from a backup the time counts from when it received the trash again', async () => {
  const { cloud, devices, wait } = await someDevices('first')
  const [first] = devices as [Device]
  await first.say('c', 'one')
  await first.engine.wake('start')
  await cloud.backUp()
  await first.service.trashConversation(inC(first))
  await first.engine.wake('visible')
  wait(9 * DAY_MS)
  await cloud.restore()
  await first.engine.wake('visible')
  wait(2 * DAY_MS)
  await first.engine.wake('visible')
  await first.engine.wake('visible')
  expect(await isThere(first)).toBe(true)
  wait(8 * DAY_MS)
  await first.engine.wake('visible')
  expect(await isThere(first)).toBe(false)
})

test('an unseen message outlives the automatic deletion', async () => {
  const { devices, wait } = await someDevices('first', 'second')
  const [first, second] = devices as [Device, Device]
  await first.say('c', 'one')
  await first.drain('save')
  await second.drain('start')
  await first.service.trashConversation(inC(first))
  await first.drain('save')
  await second.say('c', 'unseen')
  wait(11 * DAY_MS)
  await first.engine.wake('visible')
  expect(await isThere(first)).toBe(false)
  for (const device of [first, second, first]) await device.drain('visible')
  for (const device of [first, second]) expect(await device.texts('c')).toEqual(['unseen'])
})
