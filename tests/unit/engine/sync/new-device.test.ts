import { afterEach, expect, test } from 'vitest'
import { ACCOUNT_HEADER } from '../../../../src/domain/account-header.ts'
import { createMemoryStorage } from '../../../../src/storage/memory.ts'
import { aDevice } from './a-device.ts'
import {
  absentIn,
  aFilledCloud,
  aNewDevice,
  closeFilledClouds,
  JANUARY,
  listed,
  stopAfter,
} from './a-filled-cloud.ts'

afterEach(closeFilledClouds)

test('shows the newest thousand of a long list of conversations after the first request', async () => {
  const cloud = await aFilledCloud()
  await cloud.fill(1_200)
  const device = await aNewDevice(cloud)
  stopAfter(cloud, 1)
  await device.drain('signed-in')
  expect(cloud.asked.filter((path) => path.includes('/conversations'))[0]).toMatch(
    /^GET \/conversations\?projectId=p/,
  )
  const first = await listed(device)
  expect(first).toHaveLength(1_000)
  expect(first.slice(0, 2)).toMatchObject([
    { id: 'c1199', title: 'c1199 says 0', messageCount: 1, absent: true },
    { id: 'c1198', title: 'c1198 says 0', absent: true },
  ])
  expect(await device.service.status({})).toMatchObject({ fetching: { listedCount: 1_000, filledCount: 0 } })

  cloud.before = async () => {}
  cloud.asked.splice(0)
  stopAfter(cloud, 2)
  await device.drain('online')
  expect(await listed(device)).toHaveLength(1_200)
})

test('fetches everything, newest first, and ends like a device that was always there', async () => {
  const cloud = await aFilledCloud()
  await cloud.fill(30, 5)
  const device = await aNewDevice(cloud)
  await device.drain('signed-in')
  expect(await absentIn(device)).toBe(0)
  const fetched = cloud.asked.flatMap((path) => /\/conversations\/(c\d+)\?/.exec(path)?.[1] ?? [])
  expect(fetched).toEqual(Array.from({ length: 30 }, (_, index) => `c${29 - index}`))
  expect((await device.service.status({})).fetching).toBeUndefined()
  expect(await device.texts('c7')).toEqual(Array.from({ length: 5 }, (_, index) => `c7 says ${index}`))
  expect(await device.service.getConversation({ conversationId: 'c7' })).toEqual({
    id: 'c7',
    projectId: 'p',
    title: 'c7 says 0',
    messageCount: 5,
    lastMessage: 'c7 says 4',
    createdAt: JANUARY - 10_000_000 + 7_000,
    updatedAt: JANUARY - 10_000_000 + 7_004,
    archived: false,
    pinned: false,
    trashed: false,
    tags: [],
    revision: expect.any(Number),
  })
  cloud.asked.splice(0)
  await device.drain('visible')
  expect(cloud.asked, 'then it only asks for what is new').toHaveLength(1)
})

test('fetches the conversation that is opened before all others', async () => {
  const cloud = await aFilledCloud()
  await cloud.fill(20, 3)
  const device = await aNewDevice(cloud)
  stopAfter(cloud, 2)
  await device.drain('signed-in')
  expect(await device.service.loadMessages({ conversationId: 'c3' })).toMatchObject({
    absent: true,
    messages: [],
  })
  cloud.before = async () => {}
  expect(await device.service.fetchConversation({ conversationId: 'c3' })).toEqual({ isHere: true })
  expect(await device.texts('c3')).toEqual(['c3 says 0', 'c3 says 1', 'c3 says 2'])
  expect((await device.service.loadMessages({ conversationId: 'c3' })).absent).toBeUndefined()
  expect(await absentIn(device)).toBeGreaterThan(10)
})

test('says so when an absent conversation is opened or written to without a network', async () => {
  const cloud = await aFilledCloud()
  await cloud.fill(3)
  const device = await aNewDevice(cloud)
  stopAfter(cloud, 2)
  await device.drain('signed-in')
  const conversationId = 'c1'
  await expect(device.service.fetchConversation({ conversationId })).rejects.toMatchObject({
    code: 'sync/offline',
  })
  const mutationId = device.mutation()
  await expect(
    device.service.renameConversation({ mutationId, conversationId, title: 'unseen' }),
  ).rejects.toMatchObject({ code: 'sync/absent', details: { conversationId } })
  cloud.before = async () => {}
  await device.service.fetchConversation({ conversationId })
  await device.service.renameConversation({ mutationId, conversationId, title: 'seen' })
  expect(await device.service.conflicts({ conversationId })).toMatchObject({ conflicts: [] })
})

test('goes on where it stood after a kill, and after sync was switched off', async () => {
  const cloud = await aFilledCloud()
  await cloud.fill(40)
  const storage = createMemoryStorage()
  const killed = await aNewDevice(cloud, { storage })
  stopAfter(cloud, 12)
  await killed.drain('signed-in')
  await killed.engine.close()
  cloud.before = async () => {}
  cloud.asked.splice(0)
  const device = await aDevice({ network: cloud, storage, seed: 2 })
  const left = await absentIn(device)
  expect(left).toBeGreaterThan(20)
  expect(left).toBeLessThan(40)
  cloud.before = async () => {
    if (cloud.asked.length === 8) await device.service.changeSyncSettings({ enabled: false })
  }
  await device.drain('online')
  expect(await absentIn(device)).toBeGreaterThan(left - 10)
  await device.service.changeSyncSettings({ enabled: true })
  await device.drain('online')
  expect(await absentIn(device)).toBe(0)
  const fetched = cloud.asked.flatMap((path) => /\/conversations\/(c\d+)\?/.exec(path)?.[1] ?? [])
  expect(fetched.length, 'nothing is fetched twice').toBe(left)
  expect(
    cloud.asked.filter((path) => path.includes('trashed=include')),
    'nor listed again',
  ).toEqual([])
})

test('applies what others write to an absent conversation at once', async () => {
  const cloud = await aFilledCloud()
  await cloud.fill(5, 3)
  const device = await aNewDevice(cloud)
  stopAfter(cloud, 2)
  await device.drain('signed-in')
  cloud.before = async () => {}
  const other = await aDevice({ network: cloud, name: 'other', seed: 7 })
  await other.say('c-elsewhere', 'makes the project known')
  await other.drain('signed-in')
  await other.say('c2', 'and then?')
  await other.drain('save')
  // Only the delta gets through, no fetch of a conversation.
  cloud.before = async (path) => {
    if (path.startsWith('/conversations/')) throw new Error('too slow for this')
  }
  await device.drain('online')
  expect(await device.service.loadMessages({ conversationId: 'c2' })).toMatchObject({
    absent: true,
    messages: [{ message: { parts: [{ text: 'and then?' }] } }],
  })
  expect(await device.service.getConversation({ conversationId: 'c2' })).toMatchObject({
    title: 'c2 says 0',
    lastMessage: 'and then?',
    absent: true,
  })
  cloud.before = async () => {}
  await device.drain('online')
  expect(await device.texts('c2')).toEqual(['c2 says 0', 'c2 says 1', 'c2 says 2', 'and then?'])
  expect(await device.texts('c2')).toEqual(await other.texts('c2'))
})

test('applies nothing of a fetch during which the cloud was replaced', async () => {
  const cloud = await aFilledCloud()
  await cloud.fill(4, 2)
  const device = await aNewDevice(cloud)
  stopAfter(cloud, 2)
  await device.drain('signed-in')
  cloud.before = async () => {}
  const old = cloud.request
  const answers = Promise.withResolvers<void>()
  const isAsked = Promise.withResolvers<void>()
  cloud.request = async (request) => {
    const answer = await old(request)
    if (!request.path.startsWith('/conversations/c1')) return answer
    isAsked.resolve()
    await answers.promise
    return answer
  }
  const fetching = device.service.fetchConversation({ conversationId: 'c1' })
  await isAsked.promise
  await cloud.replace()
  await device.drain('online')
  answers.resolve()
  expect(await fetching).toEqual({ isHere: false })
  expect(await device.texts('c1')).toEqual([])
  expect(await absentIn(device), 'the new cloud has nothing of what was only listed').toBe(0)
})

test('forgets a conversation that was deleted for ever before its content came', async () => {
  const cloud = await aFilledCloud()
  await cloud.fill(3, 2)
  const device = await aNewDevice(cloud)
  stopAfter(cloud, 2)
  await device.drain('signed-in')
  cloud.before = async () => {}
  await cloud.request({ method: 'DELETE', path: '/conversations/c1', headers: { [ACCOUNT_HEADER]: 'anna' } })
  await device.drain('online')
  expect((await listed(device)).map(({ id }) => id)).toEqual(['c2', 'c0'])
})
