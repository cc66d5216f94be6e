import { afterEach, expect, test } from 'vitest'
import { ChatkeepError } from '../../../../src/domain/errors.ts'
import type { Disk } from '../../../../src/ports/disk.ts'
import { createMemoryStorage, type MemoryHooks } from '../../../../src/storage/memory.ts'
import { aMessage, someMessages } from '../../../builders/engine.ts'
import { aDevice, aNetwork, type Device, type DeviceOptions } from './a-device.ts'
import { aRealCloud, closeClouds } from './a-real-cloud.ts'

afterEach(closeClouds)

const HOUR_MS = 60 * 60_000
const LONG = 'x'.repeat(400)
const command = (device: Device, conversationId = 'old') => ({
  mutationId: device.mutation(),
  conversationId,
})
const edit = (device: Device, id: string, text: string) =>
  device.service.editMessage({ ...command(device), message: aMessage(id, text) })
const record = (device: Device, conversationId = 'old') => device.service.getConversation({ conversationId })
const messagesOf = async (device: Device, conversationId = 'old') =>
  (await device.service.loadMessages({ conversationId, limit: 0 })).messages
const fetch = (device: Device, conversationId = 'old') => device.service.fetchConversation({ conversationId })

/** A disk of which so much is in use, and a quota that refuses every write of messages while `isFull`. */
function aDisk() {
  const disk = { usedBytes: 0, quotaBytes: 1_000_000, refusals: 0 }
  const hooks: MemoryHooks = {
    onRequest: ({ kind, store }) => {
      if (disk.refusals === 0 || kind !== 'put' || store !== 'messages') return
      disk.refusals -= 1
      throw new ChatkeepError('storage/quota', 'There is no room.')
    },
  }
  const estimate: Disk['estimate'] = async () => disk
  return { disk, hooks, port: { estimate } }
}

async function aDeviceOnASmallDisk(options: Partial<DeviceOptions> = {}) {
  const cloud = await aRealCloud({ file: true })
  const network = aNetwork(cloud)
  const { disk, hooks, port } = aDisk()
  const device = await aDevice({ network, disk: port, storage: createMemoryStorage(hooks), ...options })
  /** A conversation that rests since long, and is in the cloud. */
  const keepOld = async (conversationId = 'old', count = 4) => {
    const messages = someMessages(count, `${conversationId}-`).map(({ message }) =>
      aMessage(message.id, `${message.id} ${LONG}`),
    )
    await device.service.appendMessages({ ...command(device, conversationId), projectId: 'p', messages })
    await device.drain('save')
    expect(await device.outbox()).toEqual([])
    device.clock.advance(HOUR_MS)
  }
  const anOther = () => aDevice({ network: cloud, name: 'other', seed: 9 })
  return { cloud, network, disk, device, keepOld, anOther }
}

const isAbsent = async (device: Device, conversationId = 'old') =>
  (await record(device, conversationId))?.absent === true

test('a save that finds the disk full is made after what rests longest was freed', async () => {
  const { device, disk, keepOld } = await aDeviceOnASmallDisk()
  await keepOld('older')
  await keepOld('old')
  disk.refusals = 1
  await device.say('new', 'there is room for this')
  expect(await device.texts('new')).toEqual(['there is room for this'])
  expect(await isAbsent(device, 'older')).toBe(true)
  expect(await device.service.status({})).toMatchObject({ freed: { conversationCount: 2 } })
})

test('lists go on showing what was freed, and opening it brings back what was there', async () => {
  const { device, keepOld } = await aDeviceOnASmallDisk()
  await keepOld('old', 150)
  await device.service.renameConversation({ ...command(device), title: 'a name' })
  await edit(device, 'old-3', 'reworded')
  await device.service.removeMessage({ ...command(device), messageId: 'old-5' })
  const fork = { after: { id: 'old-1', born: (await messagesOf(device))[1]?.born ?? 0 }, fork: true }
  const messages = [aMessage('branch', 'another way')]
  await device.service.appendMessages({ ...command(device), projectId: 'p', messages, ...fork })
  await device.engine.wake('visible')
  const before = { record: await record(device), messages: await messagesOf(device) }
  device.clock.advance(HOUR_MS)

  expect(await device.service.freeSpace({})).toMatchObject({ conversationCount: 1 })
  expect(await messagesOf(device)).toEqual([])
  expect(await record(device)).toEqual({ ...before.record, revision: expect.any(Number), absent: true })
  const left = await device.database.read(['messages', 'packs'], async (tx) => [
    await tx.count('messages'),
    await tx.count('packs'),
  ])
  expect(left).toEqual([0, 0])

  expect(await fetch(device)).toEqual({ isHere: true })
  expect(await messagesOf(device)).toEqual(before.messages)
  expect(await record(device)).toEqual({ ...before.record, revision: expect.any(Number) })
  expect((await device.service.status({})).freed).toBeUndefined()
  expect(await device.outbox()).toEqual([])
})

test('files go with their messages and come back with them', async () => {
  const { device, keepOld } = await aDeviceOnASmallDisk()
  const url = `data:image/png;base64,${'iVBORw0KGgoAAAANSUhEUg'.repeat(4_000)}`
  const image = { message: { id: 'image', role: 'user', parts: [{ type: 'file', url }] } }
  await device.service.appendMessages({ ...command(device), projectId: 'p', messages: [image] })
  await keepOld('old')
  const before = await messagesOf(device)
  device.clock.advance(HOUR_MS)
  await device.service.freeSpace({})
  expect(await device.database.read(['blobs'], (tx) => tx.count('blobs'))).toBe(0)
  await fetch(device)
  expect(await messagesOf(device)).toEqual(before)
})

test('frees nothing that waits, that is pinned, in use or written on, and nothing without a cloud, an account or sync', async () => {
  const { device, keepOld, network } = await aDeviceOnASmallDisk()
  const nothing = { conversationCount: 0, bytes: 0 }
  for (const id of ['waiting', 'pinned', 'written', 'opened']) await keepOld(id)
  await device.service.setPinned({ ...command(device, 'pinned'), value: true })
  await device.drain('save')
  await device.service.saveComposer({ projectId: 'p', conversationId: 'written', text: 'not sent yet' })
  network.next('request-lost')
  await device.say('waiting', 'not in the cloud yet')
  await device.drain('save')
  device.clock.advance(HOUR_MS)
  await device.service.loadMessages({ conversationId: 'opened' })
  expect(await device.service.freeSpace({})).toEqual(nothing)

  await device.drain('online')
  await device.service.saveComposer({ projectId: 'p', conversationId: 'written', text: '' })
  device.clock.advance(HOUR_MS)
  await device.service.changeSyncSettings({ project: { projectId: 'p', enabled: false } })
  expect(await device.service.freeSpace({})).toEqual(nothing)
  await device.service.changeSyncSettings({ project: { projectId: 'p', enabled: true } })
  await device.changeSpace({ parked: 'auth' })
  expect(await device.service.freeSpace({})).toEqual(nothing)
  await device.changeSpace({ parked: null, suspect: true })
  expect(await device.service.freeSpace({}), 'after a 410').toEqual(nothing)
  await device.changeSpace({ suspect: false })
  expect(await device.service.freeSpace({})).toMatchObject({ conversationCount: 3 })

  const alone = await aDevice({ network: null })
  await alone.say('old', LONG, LONG, LONG)
  expect(await alone.service.freeSpace({})).toEqual(nothing)
})

test('a freed conversation is renamed, archived, trashed and restored as it is, and what is written on it fetches it first', async () => {
  const { device, keepOld, anOther } = await aDeviceOnASmallDisk()
  await keepOld()
  await device.service.freeSpace({})
  await device.service.renameConversation({ ...command(device), title: 'renamed' })
  await device.service.setArchived({ ...command(device), value: true })
  await device.service.trashConversation(command(device))
  expect(await record(device)).toMatchObject({
    title: 'renamed',
    trashed: true,
    archived: true,
    absent: true,
  })
  await device.service.restoreConversation(command(device))
  await device.service.trashConversation(command(device))
  await device.drain('save')
  const other = await anOther()
  await other.say('elsewhere', 'makes the project known')
  await other.drain('signed-in')
  expect(await record(other)).toMatchObject({ title: 'renamed', trashed: true, messageCount: 4 })
  await expect(edit(device, 'old-1', 'unseen')).rejects.toMatchObject({ code: 'sync/absent' })

  await device.service.purgeConversation(command(device))
  await device.drain('save')
  await other.drain('visible')
  for (const one of [device, other]) expect(await record(one)).toBeNull()
})

test('what others write on a freed conversation applies at once, and is in place when the rest comes', async () => {
  const { device, keepOld, anOther } = await aDeviceOnASmallDisk()
  await keepOld()
  const other = await anOther()
  await other.say('elsewhere', 'makes the project known')
  await other.drain('signed-in')
  await device.service.freeSpace({})
  await edit(other, 'old-1', 'edited elsewhere')
  await other.service.removeMessage({ ...command(other), messageId: 'old-2' })
  await other.say('old', 'and then?')
  await other.drain('save')
  await device.drain('visible')
  expect((await messagesOf(device)).map(({ id }) => id)).toEqual(['old-1', 'other-old-and then?'])
  expect(await isAbsent(device)).toBe(true)
  await fetch(device)
  expect(await messagesOf(device)).toEqual(await messagesOf(other))
  expect(await record(device)).toEqual({ ...(await record(other)), revision: expect.any(Number) })
})

test('a conversation that is here again has the date of its first message, whatever was listed of it', async () => {
  const { device, anOther } = await aDeviceOnASmallDisk()
  for (const text of [`first ${LONG}`, `second ${LONG}`, `third ${LONG}`]) {
    await device.say('old', text)
    device.clock.advance(HOUR_MS)
  }
  await device.drain('save')
  const other = await anOther()
  await other.say('elsewhere', 'makes the project known')
  await other.drain('signed-in')
  await device.service.freeSpace({})
  const [first, second] = await messagesOf(other)
  await other.service.removeMessage({ ...command(other), messageId: first?.id ?? '' })
  await edit(other, second?.id ?? '', 'reworded')
  await other.drain('save')
  await device.drain('visible')
  await fetch(device)
  expect(await record(device)).toEqual({ ...(await record(other)), revision: expect.any(Number) })
})

test('says where the content is when it cannot be fetched', async () => {
  const { device, keepOld, network } = await aDeviceOnASmallDisk()
  await keepOld()
  await device.service.freeSpace({})
  network.next('request-lost')
  await expect(fetch(device)).rejects.toMatchObject({ code: 'sync/offline' })
  await device.service.changeSyncSettings({ enabled: false })
  await expect(fetch(device)).rejects.toMatchObject({ code: 'sync/off' })
  await device.service.changeSyncSettings({ enabled: true })
  const out = await aDevice({ network, storage: device.storage, accountId: null })
  await expect(fetch(out)).rejects.toMatchObject({ code: 'sync/auth-required' })
})

test('what a restored cloud lost of freed values becomes stubs, and what they overwrote shows again', async () => {
  const { cloud, device, keepOld, anOther } = await aDeviceOnASmallDisk()
  await keepOld()
  await cloud.backUp()
  await edit(device, 'old-1', 'reworded, and lost with the cloud')
  await device.drain('save')
  const other = await anOther()
  await other.say('elsewhere', 'makes the project known')
  await other.drain('signed-in')
  expect((await other.texts('old'))[1]).toBe('reworded, and lost with the cloud')
  device.clock.advance(HOUR_MS)
  await device.service.freeSpace({})
  await cloud.restore()
  await device.drain('visible')
  expect((await device.texts('old'))[1], 'the value is nowhere that this device could know of').toBe(
    `old-1 ${LONG}`,
  )
  expect((await messagesOf(device)).map(({ id }) => id)).toEqual(['old-0', 'old-1', 'old-2', 'old-3'])

  await other.drain('visible')
  await device.drain('visible')
  expect((await device.texts('old'))[1], 'somebody offered it').toBe('reworded, and lost with the cloud')
  expect(await messagesOf(device)).toEqual(await messagesOf(other))
})

test('after a 410 what was freed stays freed where the cloud still has it', async () => {
  const { cloud, network, device, keepOld } = await aDeviceOnASmallDisk()
  await keepOld()
  await cloud.backUp()
  await device.say('new', 'lost with the cloud')
  await device.drain('save')
  await device.service.freeSpace({})
  await cloud.restore()
  await device.drain('visible')
  expect(await isAbsent(device)).toBe(true)
  expect(network.requests.filter(({ path }) => path.startsWith('/conversations/old'))).toEqual([])
  await fetch(device)
  expect(await device.texts('old')).toHaveLength(4)
})

test('a conversation of which everything was lost with the cloud is gone', async () => {
  const { cloud, device, keepOld } = await aDeviceOnASmallDisk()
  await cloud.backUp()
  await keepOld()
  await device.service.freeSpace({})
  await cloud.restore()
  await device.drain('visible')
  expect((await device.service.listConversations({ projectId: 'p' })).conversations).toEqual([])
})

test('makes room before the disk is full, once, and goes on fetching when there is room', async () => {
  const { device, disk, keepOld, cloud } = await aDeviceOnASmallDisk()
  for (const id of ['first', 'second', 'third']) await keepOld(id)
  disk.usedBytes = 901_000
  disk.quotaBytes = 1_000_000
  await device.engine.wake('visible')
  expect(await device.service.status({})).toMatchObject({ freed: { conversationCount: 3 } })
  await keepOld('fourth')
  await device.engine.wake('visible')
  expect(await isAbsent(device, 'fourth'), 'what the browser says falls late').toBe(false)
  device.clock.advance(25 * HOUR_MS)
  await device.engine.wake('visible')
  expect(await isAbsent(device, 'fourth')).toBe(true)

  const small = await aDevice({ network: cloud, name: 'small', disk: { estimate: async () => disk } })
  await small.database.write('relaxed', (unit) => unit.applyOperations('p', []))
  await small.drain('signed-in')
  expect(await isAbsent(small, 'first'), 'nothing is fetched without room').toBe(true)
  disk.usedBytes = 100
  await small.drain('visible')
  for (const id of ['first', 'fourth']) expect(await isAbsent(small, id)).toBe(false)
})

test('a full disk with nothing to free refuses the save, and a relief that did not help is not repeated at once', async () => {
  const { device, disk, keepOld } = await aDeviceOnASmallDisk()
  disk.refusals = 1
  await expect(device.say('new', 'no room')).rejects.toMatchObject({ code: 'storage/quota' })
  await keepOld('old')
  disk.refusals = 2
  await expect(device.say('new', 'still no room')).rejects.toMatchObject({ code: 'storage/quota' })
  expect(await isAbsent(device)).toBe(true)
  await keepOld('next')
  disk.refusals = 1
  await device.say('new', 'after an hour')
  expect(await isAbsent(device, 'next')).toBe(true)
})
