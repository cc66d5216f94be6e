import { afterEach, expect, test } from 'vitest'
import type { OutboxRecord } from '../../../../src/ports/records/outbox.ts'
import type { PackRecord } from '../../../../src/ports/records/pack.ts'
import { damage, longMessages, packsOf } from '../../../builders/damage.ts'
import { aMessage } from '../../../builders/engine.ts'
import { aDevice, aNetwork, type Device } from './a-device.ts'
import { aRealCloud, closeClouds } from './a-real-cloud.ts'

afterEach(closeClouds)

const command = (device: Device, conversationId = 'c') => ({ mutationId: device.mutation(), conversationId })
const append = (device: Device, messages: ReturnType<typeof longMessages>, conversationId = 'c') =>
  device.service.appendMessages({ ...command(device, conversationId), projectId: 'p', messages })
const messagesOf = async (device: Device, conversationId = 'c') =>
  (await device.service.loadMessages({ conversationId, limit: 0 })).messages
const packOf = async (device: Device, at: number): Promise<PackRecord> =>
  (await packsOf(device.database, 'c')).at(at) as PackRecord
const record = (device: Device, conversationId = 'c') =>
  device.database.read(['conversations'], (tx) => tx.get('conversations', conversationId))

/** A device whose conversation lies in packs, all of it in the cloud, and another device. */
async function aPackedDevice() {
  const cloud = await aRealCloud()
  const network = aNetwork(cloud)
  const device = await aDevice({ network })
  await append(device, longMessages(200))
  await device.engine.wake('visible')
  expect((await packsOf(device.database, 'c')).length).toBeGreaterThan(2)
  expect(await device.outbox()).toEqual([])
  const other = await aDevice({ network: cloud, name: 'other', seed: 9 })
  await other.drain()
  const before = await messagesOf(device)
  return { cloud, network, device, other, before }
}

test('a damaged pack stops no pull, and its messages come again from the cloud', async () => {
  const { device, other, before } = await aPackedDevice()
  await damage(device.database, 'packs', await packOf(device, 1), { text: '[[' })
  await other.service.editMessage({ ...command(other), message: aMessage('m60', 'reworded there') })
  await other.say('elsewhere', 'hello')
  await other.drain()

  await device.engine.wake('visible')
  expect(await device.texts('elsewhere')).toEqual(['hello'])
  expect((await device.service.status({})).lastError).toBeNull()
  const after = await messagesOf(device)
  expect(after.map(({ id }) => id)).toEqual(before.map(({ id }) => id))
  expect(JSON.stringify(after[60])).toContain('reworded there')
  expect(after.filter(({ id }) => id !== 'm60')).toEqual(before.filter(({ id }) => id !== 'm60'))
  expect((await record(device))?.damaged).toBeUndefined()
  expect((await packsOf(device.database, 'c')).every(({ setAside }) => setAside === undefined)).toBe(true)
  expect((await device.service.status({})).fetching).toBeUndefined()
  expect(await device.outbox()).toEqual([])
})

test('the messages of a damaged pack are packed again', async () => {
  const { device, before } = await aPackedDevice()
  const packs = await packsOf(device.database, 'c')
  for (const pack of packs) await damage(device.database, 'packs', pack, { text: '' })
  await device.service.loadMessages({ conversationId: 'c', limit: 10 })
  await device.engine.wake('visible')
  await device.engine.wake('visible')
  expect(await messagesOf(device)).toEqual(before)
  const again = await packsOf(device.database, 'c')
  expect(again.map(({ text }) => text)).toEqual(packs.map(({ text }) => text))
})

test('a page that needs a damaged pack fetches it', async () => {
  const { device, before } = await aPackedDevice()
  await damage(device.database, 'packs', await packOf(device, 0), { text: 'x' })
  const query = { conversationId: 'c', before: { id: 'm10', born: before[10]?.born ?? 0 } }
  await expect(device.service.loadMessages(query)).rejects.toMatchObject({
    code: 'storage/corrupt',
    retryable: true,
  })
  expect(await device.service.fetchConversation({ conversationId: 'c' })).toEqual({ isHere: true })
  expect((await device.service.loadMessages(query)).messages).toEqual(before.slice(0, 10))
})

test('what waits for the cloud in a damaged pack is put back from the queue', async () => {
  const { device, network, other } = await aPackedDevice()
  network.next('request-lost')
  await append(device, longMessages(150, 'n'))
  await device.engine.wake('visible')
  const all = await messagesOf(device)
  const packs = await packsOf(device.database, 'c')
  expect(packs.at(-1)?.text).toContain('n100')
  for (const pack of packs) await damage(device.database, 'packs', pack, { text: '' })
  await expect(device.texts('c')).resolves.toContain(`n100 ${'x'.repeat(2_000)}`)
  device.clock.advance(600_000)
  await device.engine.wake('online')
  expect(await messagesOf(device)).toEqual(all)
  expect(await device.outbox()).toEqual([])
  await other.drain()
  expect((await messagesOf(other)).map(({ id }) => id)).toEqual(all.map(({ id }) => id))
})

test('what an emptied cloud does not have stays counted, until another device brings it', async () => {
  const { device, cloud, before, other } = await aPackedDevice()
  const pack = await packOf(device, 1)
  await damage(device.database, 'packs', pack, { text: '' })
  await cloud.replace()
  await device.engine.wake('visible')
  await device.engine.wake('visible')
  const after = await messagesOf(device)
  expect(after.length).toBe(before.length - pack.count)
  expect(await record(device)).toMatchObject({ damaged: { messageCount: pack.count, settled: true } })
  await other.drain()
  await device.engine.wake('visible')
  expect(await messagesOf(device)).toEqual(before)
  expect((await record(device))?.damaged).toBeUndefined()
})

test('nothing that needs to know all of a conversation is done before its damaged part is here again', async () => {
  const { device, network } = await aPackedDevice()
  await damage(device.database, 'packs', await packOf(device, 0), { text: '' })
  const act = command(device)
  await expect(device.service.purgeConversation(act)).rejects.toMatchObject({ code: 'sync/absent' })
  await expect(device.service.trashConversation(act)).rejects.toMatchObject({ code: 'sync/absent' })
  network.requests.length = 0
  await device.service.fetchConversation({ conversationId: 'c' })
  await device.service.purgeConversation(act)
  expect(await record(device)).toMatchObject({ shelf: 'gone' })
  await device.drain()
  expect(await device.outbox()).toEqual([])
})

test('a damaged row of the queue stops no sync, and what it held is sent all the same', async () => {
  const { device, other } = await aPackedDevice()
  await device.say('a', 'one')
  await device.say('b', 'two')
  await device.say('a', 'three')
  const rows = await device.outbox()
  const broken: Partial<Record<number, Record<string, unknown>>> = {
    0: { operations: 'gone' },
    1: { operations: undefined, projectId: 7 },
  }
  for (const [at, change] of Object.entries(broken))
    await damage<'outbox'>(device.database, 'outbox', rows[Number(at)] as OutboxRecord, change ?? {})
  expect(await device.service.status({})).toMatchObject({ pendingCount: expect.any(Number) })
  await device.engine.wake('visible')
  expect(await device.outbox()).toEqual([])
  expect((await device.service.status({})).lastError).toBeNull()
  await other.drain()
  expect(await other.texts('a')).toEqual(['one', 'three'])
  expect(await other.texts('b')).toEqual(['two'])
})

test('a damaged conversation record is fetched again with its name and its tags', async () => {
  const { device, other } = await aPackedDevice()
  await device.service.renameConversation({ ...command(device), title: 'A name' })
  await device.service.setTag({ ...command(device), tag: 't', present: true })
  await device.engine.wake('visible')
  const before = await record(device)
  await damage(device.database, 'conversations', before, { registers: null, revision: 'x', tags: 1 })
  await other.say('c', 'one more')
  await other.drain()
  await device.engine.wake('visible')
  expect(await record(device)).toMatchObject({ title: 'A name', tags: ['t'], messageCount: 201 })
  expect((await record(device))?.damaged).toBeUndefined()
})

test('a damaged record of a space is compared with the cloud anew', async () => {
  const { device, other } = await aPackedDevice()
  await other.say('elsewhere', 'hello')
  await other.drain()
  await device.say('mine', 'unsent')
  await device.changeSpace({ kind: 'nothing', cursor: 3, backoff: 'x' } as object)
  await device.engine.wake('visible')
  expect(await device.texts('elsewhere')).toEqual(['hello'])
  await other.drain()
  expect(await other.texts('mine')).toEqual(['unsent'])
  expect(await device.outbox()).toEqual([])
})
