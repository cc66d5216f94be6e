import { afterEach, expect, test } from 'vitest'
import { createMemoryStorage } from '../../src/storage/memory.ts'
import { aDevice } from '../unit/engine/sync/a-device.ts'
import { absentIn, aFilledCloud, closeFilledClouds } from '../unit/engine/sync/a-filled-cloud.ts'

afterEach(closeFilledClouds)

// Found by the simulator (seed 113906): the first try came late, and the conversation was on none of the pages.
test('a conversation that moves between two pages of the list by what this device itself wrote comes whole', async () => {
  const cloud = await aFilledCloud()
  await cloud.fill(30, 18)
  cloud.listLimit = 20
  const storage = createMemoryStorage()
  const early = await aDevice({ network: null, storage })
  await early.say('c0', 'said here')
  await early.engine.close()
  const device = await aDevice({ network: cloud, storage, seed: 2 })
  let isMoved = false
  cloud.before = async (path) => {
    if (isMoved || !path.includes('before=')) return
    isMoved = true
    const conversations = [{ id: 'c0', operations: await device.queued() }]
    await cloud.request({
      method: 'POST',
      path: '/conversations',
      headers: { 'Content-Type': 'application/json', 'X-Chatkeep-Account': 'anna' },
      body: JSON.stringify({ projectId: 'p', cursor: '0', conversations }),
    })
  }
  await device.drain('signed-in')
  expect(isMoved).toBe(true)
  cloud.before = async () => {}
  device.clock.advance(600_000)
  await device.drain('online')
  expect(await absentIn(device)).toBe(0)
  const texts = await device.database.write('relaxed', async (unit) =>
    device.texted(await unit.knownOperations('c0')),
  )
  expect(texts).toHaveLength(19)
})
