import { afterEach, expect, test } from 'vitest'
import { STORE_NAMES } from '../../../../src/ports/schema.ts'
import { aMessage, someMessages } from '../../../builders/engine.ts'
import { aPair, type Device, textOf } from './a-device.ts'
import { aRealCloud, closeClouds } from './a-real-cloud.ts'

afterEach(closeClouds)

const SHELVES = ['pinned', 'open', 'archived', 'trashed'] as const
const inC = (device: Device) => ({ mutationId: device.mutation(), conversationId: 'c' })
const purge = (device: Device) => device.service.purgeConversation(inC(device))
const trash = (device: Device) => device.service.trashConversation(inC(device))
const edit = (device: Device, id: string, text: string) =>
  device.service.editMessage({ ...inC(device), message: aMessage(id, text) })
const listed = async (device: Device) =>
  (await device.service.listConversations({ projectId: 'p', shelves: SHELVES })).conversations

async function twoDevices() {
  const cloud = await aRealCloud({ file: true })
  const { device: first } = await aPair(cloud, { name: 'first' })
  const { device: second } = await aPair(cloud, { name: 'second', seed: 2 })
  const meet = async (...devices: Device[]) => {
    for (const device of devices) {
      await expect(device.drain('visible')).resolves.toEqual({ dueAt: null, settled: true })
      expect(await device.outbox()).toEqual([])
    }
  }
  return { cloud, first, second, meet }
}

const everything = (device: Device): Promise<string> =>
  device.database.read(STORE_NAMES, async (tx) =>
    JSON.stringify(await Promise.all(STORE_NAMES.map((store) => tx.scan(store)))),
  )

test('what one device deletes for ever is gone from the other and from the server: packs, rows and files', async () => {
  const { cloud, first, second, meet } = await twoDevices()
  const url = `data:image/png;base64,${'iVBORw0KGgoAAAANSUhEUg'.repeat(4_000)}`
  const image = {
    message: { id: 'image', role: 'user', parts: [{ type: 'file', mediaType: 'image/png', url }] },
  }
  const messages = [...someMessages(150, 'secret'), image]
  await first.service.appendMessages({ ...inC(first), projectId: 'p', messages })
  await first.service.renameConversation({ ...inC(first), title: 'secret title' })
  await edit(first, 'secret3', 'secret edit')
  await first.drain('save')
  await second.engine.wake('start') // Pulls and packs.
  await edit(second, 'secret7', 'secret edit elsewhere')
  await meet(second, first)
  const packed = await second.database.read(['packs'], (tx) => tx.count('packs'))
  expect(packed).toBeGreaterThan(1)

  await trash(first)
  await meet(first, second)
  await purge(first)
  await meet(first)
  await second.engine.wake('visible')
  await first.engine.wake('visible')

  for (const device of [first, second]) {
    const left = await everything(device)
    for (const text of ['text 7', 'secret edit', 'secret title', 'iVBOR']) expect(left).not.toContain(text)
    expect(await listed(device)).toEqual([])
    expect(await device.outbox()).toEqual([])
  }
  const left = cloud.everything()
  expect(left).toContain('secret7') // The place in the graph stays, by name.
  for (const text of ['text 7', 'secret edit', 'secret title', 'iVBOR']) expect(left).not.toContain(text)
  expect(await cloud.listed()).toEqual([])
})

test('a message and an edit that the purge had not seen survive it everywhere, and show the conversation again', async () => {
  const { cloud, first, second, meet } = await twoDevices()
  await first.say('c', 'one', 'two', 'three')
  await meet(first, second)
  await edit(second, 'first-c-two', 'two, edited unseen')
  await second.say('c', 'unseen')
  await trash(first)
  await purge(first)
  await meet(first, second, first)
  for (const device of [first, second]) {
    expect(await device.texts('c')).toEqual(['two, edited unseen', 'unseen'])
    expect(await listed(device)).toMatchObject([{ id: 'c', trashed: false, messageCount: 2 }])
    const left = await everything(device)
    for (const text of ['"one"', '"two"', '"three"'])
      expect(left).not.toContain(JSON.stringify(text).slice(1, -1))
  }
  expect((await cloud.shown()).operations.flatMap(textOf).sort()).toEqual(['two, edited unseen', 'unseen'])
  expect(await cloud.listed()).toEqual(['c'])
})

test('a purge on both devices at once, each with something the other had not seen, keeps neither from converging', async () => {
  const { cloud, first, second, meet } = await twoDevices()
  await first.say('c', 'one')
  await meet(first, second)
  await first.say('c', 'only first')
  await second.say('c', 'only second')
  await purge(first)
  await purge(second)
  await meet(first, second, first)
  for (const device of [first, second]) expect(await listed(device)).toEqual([])
  expect((await cloud.shown()).operations.flatMap(textOf)).toEqual([])
})

test('restoring from the trash on one device does not bring back what another deleted for ever', async () => {
  const { first, second, meet } = await twoDevices()
  await first.say('c', 'one')
  await trash(first)
  await meet(first, second)
  await second.service.restoreConversation(inC(second))
  await purge(first)
  await meet(first, second, first)
  for (const device of [first, second]) {
    expect(await device.texts('c')).toEqual([])
    expect(await listed(device)).toEqual([])
  }
})

test('a server restored from a backup of before the purge shows nothing of it again, to nobody', async () => {
  const { cloud, first, second, meet } = await twoDevices()
  await first.say('c', 'one', 'two')
  await edit(first, 'first-c-one', 'one, edited')
  await meet(first, second)
  await cloud.backUp()
  await purge(first)
  await meet(first, second)
  await cloud.restore()
  expect((await cloud.shown()).operations.flatMap(textOf)).toContain('two')
  await second.say('d', 'another')
  await meet(second, first, second)
  expect((await cloud.shown()).operations.flatMap(textOf)).toEqual(['another'])
  expect(cloud.everything()).not.toContain('edited')
  const { device: third } = await aPair(cloud, { name: 'third', seed: 3 })
  await third.drain('start')
  for (const device of [first, second, third])
    expect((await listed(device)).map(({ id }) => id)).toEqual(['d'])
})

test('a device that slept through the purge and a restore brings nothing back, but what it wrote itself', async () => {
  const { cloud, first, second, meet } = await twoDevices()
  await first.say('c', 'one', 'two')
  await meet(first, second)
  await second.say('c', 'written offline')
  await cloud.backUp()
  await purge(first)
  await meet(first)
  await cloud.restore()
  await meet(second, first, second, first)
  for (const device of [first, second]) expect(await device.texts('c')).toEqual(['written offline'])
  expect((await cloud.shown()).operations.flatMap(textOf)).toEqual(['written offline'])
})

test('an old version that arrives after the purge of what overwrote it is purged by whoever sees it', async () => {
  const { cloud, first, second, meet } = await twoDevices()
  await first.say('c', 'one')
  await meet(first, second)
  // Only the last of three edits gets to the first device, by way of a copied profile: the oldest is two steps below it.
  for (const text of ['old version, late', 'between', 'newest']) await edit(second, 'first-c-one', text)
  const known = await second.database.write('strict', (unit) => unit.knownOperations('c'))
  const newest = known.find((operation) => textOf(operation).includes('newest'))
  if (newest === undefined) throw new Error('nothing was written')
  await first.database.write('strict', (unit) => unit.applyOperations('p', [newest]))
  await purge(first)
  await meet(first, second, first, second)
  expect(cloud.everything()).not.toContain('old version, late')
  for (const device of [first, second]) {
    expect(await everything(device)).not.toContain('old version, late')
    expect(await listed(device)).toEqual([])
  }
})

test('the cloud’s own deletion of a conversation empties it on every device', async () => {
  const { cloud, first, second, meet } = await twoDevices()
  await first.say('c', 'one')
  await first.service.renameConversation({ ...inC(first), title: 'Named' })
  await meet(first, second)
  const headers = { 'X-Chatkeep-Account': 'anna' }
  const answer = await cloud.request({ method: 'DELETE', path: '/conversations/c', headers })
  expect(answer.status).toBe(204)
  await meet(first, second)
  for (const device of [first, second]) expect(await listed(device)).toEqual([])
})
