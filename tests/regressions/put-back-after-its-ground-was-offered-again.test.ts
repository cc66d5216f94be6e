import { afterEach, expect, test } from 'vitest'
import { ChatkeepError } from '../../src/domain/errors.ts'
import { aDevice, aNetwork, type Fault } from '../unit/engine/sync/a-device.ts'
import { aRealCloud, closeClouds } from '../unit/engine/sync/a-real-cloud.ts'

afterEach(closeClouds)

// Seed 171770: the cloud was restored while a change was put aside, and what that had overwritten was queued again, behind it.
test('a change that is put back after the cloud was restored goes to the cloud after what it overwrites', async () => {
  const cloud = await aRealCloud({ file: true })
  const network = aNetwork(cloud)
  const device = await aDevice({ network })
  const rename = (title: string) =>
    device.service.renameConversation({ mutationId: device.mutation(), conversationId: 'c', title })
  await device.say('c', 'said')
  await device.drain('save')
  await cloud.backUp()
  await rename('first')
  await device.drain('save')
  await rename('second')
  const headers = { 'content-type': 'application/problem+json' }
  network.next({ answer: { status: 413, headers, body: '{"code":"sync/too-large","status":413}' } })
  await device.drain('save')
  const [refused] = await device.sync.listQuarantined()
  if (refused === undefined) throw new ChatkeepError('internal', 'Nothing was put aside.')

  await cloud.restore()
  const onlyReads: Fault = (request, pass) =>
    request.method === 'POST' ? Promise.reject(new Error('socket hang up')) : pass()
  network.next(...Array.from({ length: 9 }, () => onlyReads))
  await device.drain('visible')
  await device.sync.retryQuarantined(refused.sequence)
  network.heal()
  const queued = await device.queued()
  expect(queued.map(({ kind }) => kind)).toEqual(['stub', 'set'])
  expect(queued[1]).toMatchObject({ overwrites: [queued[0]?.id], value: { title: 'second' } })
  device.clock.advance(10 * 60_000)
  await device.drain('online')
  expect(await device.sync.status()).toMatchObject({ pendingCount: 0, quarantinedCount: 0, lastError: null })
  const other = await aDevice({ network: cloud, name: 'other', seed: 9 })
  await other.engine.wake('signed-in')
  expect(await other.service.getConversation({ conversationId: 'c' })).toMatchObject({ title: 'second' })
})
