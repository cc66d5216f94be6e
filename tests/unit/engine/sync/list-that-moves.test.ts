import { afterEach, expect, test } from 'vitest'
import { absentIn, aFilledCloud, aNewDevice, closeFilledClouds, postTo } from './a-filled-cloud.ts'

afterEach(closeFilledClouds)

test('a new device has all of a conversation that was written to between two pages of the list', async () => {
  const cloud = await aFilledCloud()
  await cloud.fill(30, 18)
  cloud.listLimit = 20
  const device = await aNewDevice(cloud)
  let isMoved = false
  cloud.before = async (path) => {
    if (isMoved || !path.includes('before=')) return
    isMoved = true
    await postTo(cloud, 'c0', 18) // It was on the second page, and stands on the first one now.
  }
  await device.drain('signed-in')
  expect(isMoved).toBe(true)
  expect(await device.texts('c0')).toEqual(Array.from({ length: 19 }, (_, index) => `c0 says ${index}`))
  expect(await absentIn(device)).toBe(0)
  expect((await device.service.status({})).fetching).toBeUndefined()
})
