import { afterEach, expect, test } from 'vitest'
import { aDevice, aNetwork } from '../unit/engine/sync/a-device.ts'
import { aRealCloud, closeClouds } from '../unit/engine/sync/a-real-cloud.ts'

afterEach(closeClouds)

async function aFreedConversation() {
  const cloud = await aRealCloud({ file: true })
  const network = aNetwork(cloud)
  const device = await aDevice({ network })
  await cloud.backUp()
  await device.say('old', 'said')
  await device.drain('save')
  const other = await aDevice({ network: cloud, name: 'other', seed: 9 })
  await other.say('elsewhere', 'makes the project known')
  await other.drain('signed-in')
  await device.drain('visible')
  device.clock.advance(60 * 60_000)
  expect(await device.service.freeSpace({})).toMatchObject({ conversationCount: 2 })
  const open = () => device.service.fetchConversation({ conversationId: 'old' })
  return { cloud, network, device, other, open }
}

// Seed 157471: the cloud had been restored from a backup without the conversation, and answered 404 instead of 410.
test('who opens a freed conversation that a restored cloud does not have finds it gone, and back when another device has offered it', async () => {
  const { cloud, device, other, open } = await aFreedConversation()
  await cloud.restore()
  expect(await open()).toEqual({ isHere: false })
  await other.drain('visible')
  await device.drain('visible')
  expect(await open()).toEqual({ isHere: true })
  expect(await device.texts('old')).toEqual(['said'])
})

const headers = { 'content-type': 'application/problem+json' }
const notFound = { answer: { status: 404, headers, body: '{"code":"input/not-found","status":404}' } }

test('a 404 for a freed conversation takes nothing away: its values are asked for again', async () => {
  const { network, device, open } = await aFreedConversation()
  network.next(notFound, (_pull, pass) => pass(), notFound)
  expect(await open()).toEqual({ isHere: false })
  expect(await device.service.getConversation({ conversationId: 'old' })).toMatchObject({ absent: true })
  network.heal()
  network.next(notFound)
  expect(await open()).toEqual({ isHere: true })
  expect(await device.texts('old')).toEqual(['said'])
})
