import { afterEach, expect, test } from 'vitest'
import type { SyncStatus } from '../../../../../src/domain/sync-status.ts'
import { aListedMessage, aPlainServer, type Document } from '../../../../builders/plain-server.ts'
import type { aNetwork, Fault } from '../a-device.ts'
import { aRealCloud, closeClouds } from '../a-real-cloud.ts'
import { aPlainPair, meet, messagesOf, type PlainDevice, pass, VARIANTS } from './a-plain-pair.ts'

afterEach(closeClouds)

const DAY_MS = 24 * 60 * 60_000
/** A document of somebody else's, of which there may be many. */
const aDocument = (index: number): Document => ({
  id: `c${index}`,
  projectId: 'p',
  title: `conversation ${index}`,
  updatedAt: Date.UTC(2026, 0, 1) + ((index * 7) % 10) * DAY_MS,
  messages: [aListedMessage(`m${index}`, `text ${index}`)],
})

const wake = (device: PlainDevice) => device.engine.wake('visible')
const status = (device: PlainDevice): Promise<SyncStatus> => device.service.status({})
const getsOf = (network: ReturnType<typeof aNetwork>) =>
  network.requests.filter(({ method }) => method === 'GET').map(({ path }) => path)

for (const [variant, options] of VARIANTS) {
  test(`${variant}: a new device says how many conversations are to come and how many are here, also after a kill`, async () => {
    const server = aPlainServer(options)
    for (let index = 0; index < 10; index++) server.put(aDocument(index))
    const { device, network } = await aPlainPair(server)
    await device.database.write('relaxed', (unit) => unit.applyOperations('p', []))
    const counts: unknown[] = []
    const noteFirst: Fault = async (_request, go) => {
      counts.push((await status(device)).fetching)
      return go()
    }
    network.next(noteFirst, noteFirst, noteFirst, noteFirst, 'request-lost')
    await wake(device)
    expect(counts).toEqual([0, 1, 2, 3].map((filledCount) => ({ listedCount: 10, filledCount })))
    expect((await status(device)).fetching).toEqual({ listedCount: 10, filledCount: 4 })

    const again = await aPlainPair(server, { storage: device.storage, seed: 3 })
    expect((await status(again.device)).fetching).toEqual({ listedCount: 10, filledCount: 4 })
    again.device.clock.advance(DAY_MS)
    await wake(again.device)
    expect((await status(again.device)).fetching).toBeUndefined()
    const { conversations } = await again.device.service.listConversations({ projectId: 'p' })
    expect(conversations.length).toBe(10)
  })

  test(`${variant}: what was active last comes first`, async () => {
    const server = aPlainServer(options)
    for (let index = 0; index < 10; index++) server.put(aDocument(index))
    const { device, network } = await aPlainPair(server)
    await device.database.write('relaxed', (unit) => unit.applyOperations('p', []))
    await wake(device)
    const order = getsOf(network).filter((path, index, all) => all.indexOf(path) === index)
    const expected = Array.from({ length: 10 }, (_, index) => aDocument(index))
      .sort((a, b) => Number(b.updatedAt) - Number(a.updatedAt))
      .map(({ id }) => `/conversations/${id}`)
    expect(order).toEqual(expected)
  })
}

/** Of each answer its status and how much it carried. */
function answersOf(network: Parameters<typeof aNetwork>[0]) {
  const answers: { readonly path: string; readonly status: number }[] = []
  return {
    answers,
    async request(request: Parameters<typeof network.request>[0]) {
      const response = await network.request(request)
      if (request.method === 'GET')
        answers.push({ path: request.path.split('?')[0] ?? '', status: response.status })
      return response
    },
  }
}

test('a list and conversations that did not change are not sent again, and what somebody else changed is', async () => {
  const server = aPlainServer({ hasEtags: true })
  for (let index = 0; index < 3; index++) server.put(aDocument(index))
  const watched = answersOf(server)
  const { device } = await aPlainPair(watched)
  await device.database.write('relaxed', (unit) => unit.applyOperations('p', []))
  await wake(device)
  watched.answers.splice(0)
  await wake(device)
  expect(watched.answers).toEqual([{ path: '/conversations', status: 304 }])

  watched.answers.splice(0)
  device.clock.advance(DAY_MS)
  await wake(device)
  expect(watched.answers.map(({ status }) => status)).toEqual([304, 304, 304, 304])
  expect(watched.answers.map(({ path }) => path).sort()).toEqual([
    '/conversations',
    ...server.ids().map((id) => `/conversations/${id}`),
  ])

  server.change('c1', (document) => ({
    ...document,
    messages: [...document.messages, aListedMessage('new', 'from elsewhere')],
  }))
  watched.answers.splice(0)
  await wake(device)
  expect(watched.answers).toEqual([
    { path: '/conversations', status: 200 },
    { path: '/conversations/c1', status: 200 },
  ])
  expect((await messagesOf(device, 'c1')).map(({ content }) => content)).toEqual(['text 1', 'from elsewhere'])
})

test('a conversation that the server answers 304 for is sent what was written here', async () => {
  const server = aPlainServer({ hasEtags: true })
  server.put(aDocument(1))
  const { device } = await aPlainPair(server)
  await device.database.write('relaxed', (unit) => unit.applyOperations('p', []))
  await wake(device)
  await wake(device)
  await device.say('c1', 'from here')
  await device.engine.wake('save')
  await wake(device)
  expect(server.texts('c1')).toEqual(['text 1', 'from here'])
  expect(await device.outbox()).toEqual([])
  server.remove('c1')
  await wake(device)
  expect(await device.service.getConversation({ conversationId: 'c1' })).toMatchObject({ trashed: true })
})

test('a list that could not be followed to its end is asked for whole again', async () => {
  const server = aPlainServer({ hasEtags: true })
  for (let index = 0; index < 3; index++) server.put(aDocument(index))
  const { device, network } = await aPlainPair(server)
  await device.database.write('relaxed', (unit) => unit.applyOperations('p', []))
  network.next(pass, 'request-lost')
  await wake(device)
  device.clock.advance(DAY_MS)
  await wake(device)
  const { conversations } = await device.service.listConversations({ projectId: 'p' })
  expect(conversations.length).toBe(3)
})

test('our own server answers 304 to a device that asks again', async () => {
  const cloud = await aRealCloud()
  const watched = answersOf(cloud)
  const { device } = await aPlainPair(watched)
  await device.say('c', 'hello')
  await meet(device)
  watched.answers.splice(0)
  await wake(device)
  expect(watched.answers).toEqual([{ path: '/conversations', status: 304 }])
  device.clock.advance(DAY_MS)
  watched.answers.splice(0)
  await wake(device)
  expect(watched.answers).toEqual([
    { path: '/conversations', status: 304 },
    { path: '/conversations/c', status: 304 },
  ])
})
