import { afterEach, expect, test } from 'vitest'
import { aMessage } from '../builders/engine.ts'
import { aDevice } from '../unit/engine/sync/a-device.ts'
import { aRealCloud, closeClouds } from '../unit/engine/sync/a-real-cloud.ts'

afterEach(closeClouds)

// Found by the simulator (seed 86789): who purged the edit had heard of it only, and not of what it overwrote.
test('an old version that comes to light with the content of a conversation, under something purged, is purged', async () => {
  const cloud = await aRealCloud()
  const old = await aDevice({ network: cloud })
  await old.say('c', 'secret')
  const edited = aMessage('device-c-secret', 'edited')
  await old.service.editMessage({ mutationId: old.mutation(), conversationId: 'c', message: edited })
  const [first, edit] = await old.queued()
  await old.drain()
  const purge = { kind: 'purge', id: 'purged-elsewhere-00001', conversationId: 'c', names: [edit?.id] }
  const conversations = [{ id: 'c', operations: [purge] }]
  await cloud.request({
    method: 'POST',
    path: '/conversations',
    headers: { 'Content-Type': 'application/json', 'X-Chatkeep-Account': 'anna' },
    body: JSON.stringify({ projectId: 'p', cursor: '0', conversations }),
  })

  const device = await aDevice({ network: cloud, name: 'new', seed: 9 })
  await device.database.write('relaxed', (unit) => unit.applyOperations('p', []))
  await device.drain('signed-in')
  await device.drain('online')
  const { operations, purges } = await cloud.shown()
  expect(purges.map(({ id }) => id)).toContain(purge.id)
  expect(operations.find(({ id }) => id === first?.id)?.kind).toBe('stub')
})
