import 'fake-indexeddb/auto'
import { IDBFactory } from 'fake-indexeddb'
import { afterEach, expect, test } from 'vitest'
import type { StoreName } from '../../src/ports/records.ts'
import type { Key } from '../../src/ports/storage.ts'
import { createIndexedDbStorage } from '../../src/storage/indexeddb/indexeddb-storage.ts'
import { longMessages, packsOf } from '../builders/damage.ts'
import { aMessage, anEngine } from '../builders/engine.ts'
import { makeUnreadable } from '../builders/unreadable.ts'
import { setTimer } from '../contract/storage/set-timer.ts'
import { aDevice, aNetwork } from '../unit/engine/sync/a-device.ts'
import { aRealCloud, closeClouds } from '../unit/engine/sync/a-real-cloud.ts'

// A value over 64 KB lies in a file of its own beside the database. Where that was lost, the whole request failed that would have read it,
// and with it its transaction: a list, a page, a pull, the queue.

afterEach(closeClouds)

const ids = (messages: readonly { readonly id: string }[]) => messages.map(({ id }) => id)

async function aLocalEngine() {
  const factory = new IDBFactory()
  const storage = createIndexedDbStorage({ factory, setTimer })
  const engine = await anEngine({ hasCloud: false, storage })
  const act = (conversationId = 'c') => ({ mutationId: engine.mutation(), projectId: 'p', conversationId })
  await engine.appendMessages({ ...act(), messages: longMessages(200) })
  await engine.wake('start')
  const lose = (store: StoreName, key: Key) => makeUnreadable(factory, 'test', store, key)
  const load = async (query: object = {}) => engine.loadMessages({ conversationId: 'c', limit: 0, ...query })
  const restarted = () => anEngine({ hasCloud: false, storage, seed: 2 })
  return { engine, act, lose, load, restarted }
}

test('a pack that cannot be read costs its messages, and nothing else of its conversation', async () => {
  const { engine, act, lose, load } = await aLocalEngine()
  const packs = await packsOf(engine.database, 'c')
  const [first, lost] = packs
  if (first === undefined || lost === undefined) throw new Error('there are packs')
  lose('packs', ['c', lost.firstBorn, lost.firstId])
  const page = await load()
  expect(page.damaged).toEqual({ messageCount: lost.count })
  expect(page.messages).toHaveLength(200 - lost.count)
  await engine.appendMessages({ ...act(), messages: [aMessage('new')] })
  await engine.appendMessages({ ...act('other'), messages: [aMessage('o')] })
  expect(ids((await load({ limit: 1 })).messages)).toEqual(['new'])
  const { conversations } = await engine.listConversations({ projectId: 'p' })
  expect(ids(conversations).sort()).toEqual(['c', 'other'])
})

test('a message that cannot be read stands where it stood, and what is before it is shown', async () => {
  const { engine, lose, load, restarted } = await aLocalEngine()
  const { messages } = await load()
  const lost = messages[190]
  if (lost === undefined) throw new Error('there are messages')
  lose('messages', ['c', lost.born, lost.id])
  const other = await restarted()
  const page = await other.loadMessages({ conversationId: 'c', limit: 0 })
  expect(ids(page.messages)).toEqual(ids(messages).filter((id) => id !== 'm190'))
  await expect(engine.loadMessages({ conversationId: 'c', limit: 5 })).resolves.toMatchObject({
    messages: { length: 5 },
  })
})

test('a conversation record that cannot be read holds up no list, and is made anew in its project', async () => {
  const { engine, act, lose, load, restarted } = await aLocalEngine()
  await engine.appendMessages({ ...act('other'), messages: [aMessage('o')] })
  lose('conversations', 'c')
  const other = await restarted()
  expect(ids((await other.listConversations({ projectId: 'p' })).conversations)).toEqual(['other', 'c'])
  const messages = [aMessage('new')]
  await other.appendMessages({ mutationId: other.mutation(), projectId: 'p', conversationId: 'c', messages })
  expect((await load()).messages).toHaveLength(201)
  expect(ids((await other.listConversations({ projectId: 'p' })).conversations).sort()).toEqual([
    'c',
    'other',
  ])
})

test('a growing answer that cannot be read holds up nothing, and what its writer ends is kept', async () => {
  const { engine, act, lose, load } = await aLocalEngine()
  const draft = { projectId: 'p', conversationId: 'c', attemptId: 'one', owner: 'page' }
  const answer = aMessage('answer', 'half', 'assistant')
  await engine.checkpointDraft({ ...draft, message: answer.message })
  await engine.checkpointDraft({ ...draft, message: aMessage('gone', 'x').message, attemptId: 'two' })
  for (const id of ['answer', 'gone']) lose('drafts', ['c', id])
  expect((await load()).messages).toHaveLength(200)
  expect(await engine.checkpointDraft({ ...draft, message: answer.message })).toMatchObject({
    outcome: 'kept',
  })
  await engine.wake('visible')
  await engine.finishDraft({ ...draft, ...act(), message: answer })
  expect((await load()).messages.at(-1)).toMatchObject({ id: 'answer', status: 'complete' })
  expect(await engine.database.read(['drafts'], (tx) => tx.scan('drafts'))).toEqual([])
})

test('a file that cannot be read leaves its placeholder, and an act whose result cannot be read is done once', async () => {
  const { engine, act, lose, load } = await aLocalEngine()
  const message = {
    id: 'with-file',
    role: 'user',
    parts: [{ type: 'file', url: `data:text/plain,${'x'.repeat(100_000)}` }],
  }
  const command = { ...act(), messages: [{ message }] }
  const result = await engine.appendMessages(command)
  const [blob] = await engine.database.read(['blobs'], (tx) => tx.scan('blobs'))
  lose('blobs', blob?.hash ?? '')
  lose('mutations', command.mutationId)
  expect(JSON.stringify((await load()).messages.at(-1))).toContain('chatkeep-blob:')
  expect(await engine.appendMessages(command)).toMatchObject({ written: result.written })
  expect((await load()).messages).toHaveLength(201)
})

async function aDeviceWithCloud() {
  const cloud = await aRealCloud()
  const network = aNetwork(cloud)
  const factory = new IDBFactory()
  const device = await aDevice({ network, storage: createIndexedDbStorage({ factory, setTimer }) })
  const command = (conversationId = 'c') => ({
    mutationId: device.mutation(),
    conversationId,
    projectId: 'p',
  })
  await device.service.appendMessages({ ...command(), messages: longMessages(200) })
  await device.engine.wake('visible')
  const other = await aDevice({ network: cloud, name: 'other', seed: 9 })
  await other.drain()
  const lose = (store: StoreName, key: Key) => makeUnreadable(factory, device.database.name, store, key)
  const messages = async () => (await device.service.loadMessages({ conversationId: 'c', limit: 0 })).messages
  return { device, network, other, command, lose, messages }
}

test('packs that cannot be read stop no pull, and come again from the cloud', async () => {
  const { device, other, lose, messages } = await aDeviceWithCloud()
  const before = await messages()
  for (const { firstBorn, firstId } of (await packsOf(device.database, 'c')).slice(1))
    lose('packs', ['c', firstBorn, firstId])
  await other.say('elsewhere', 'hello')
  const message = aMessage('m160', 'reworded there')
  await other.service.editMessage({ mutationId: other.mutation(), conversationId: 'c', message })
  await other.drain()
  await device.engine.wake('visible')
  expect(await device.texts('elsewhere')).toEqual(['hello'])
  const after = await messages()
  expect(JSON.stringify(after[160])).toContain('reworded there')
  expect(after.filter(({ id }) => id !== 'm160')).toEqual(before.filter(({ id }) => id !== 'm160'))
  expect((await device.service.status({})).lastError).toBeNull()
})

test('a row of the queue that cannot be read stops no other, and what it said reaches the cloud', async () => {
  const { device, network, other, lose } = await aDeviceWithCloud()
  network.next('request-lost')
  for (const text of ['one', 'two', 'three']) await device.say(text, text)
  const [row] = await device.outbox()
  lose('outbox', row?.sequence ?? -1)
  expect(await device.service.status({})).toMatchObject({ pendingCount: expect.any(Number) })
  device.clock.advance(600_000)
  await device.engine.wake('online')
  await device.engine.wake('online')
  expect(await device.outbox()).toEqual([])
  await other.drain()
  for (const text of ['one', 'two', 'three']) expect(await other.texts(text)).toEqual([text])
})

test('where a space stands cannot be read: it is compared with the cloud from the beginning', async () => {
  const { device, other, lose } = await aDeviceWithCloud()
  lose('sync_metadata', 's:p')
  await other.say('elsewhere', 'hello')
  await other.drain()
  await device.engine.wake('online')
  await device.engine.wake('online')
  expect(await device.texts('elsewhere')).toEqual(['hello'])
})
