import { expect, test } from 'vitest'
import { aDevice, aNetwork, aPair, textOf } from './a-device.ts'
import { createCloudDouble, json } from './cloud-double.ts'

test('a second device shows what the first one saved, page by page', async () => {
  const cloud = createCloudDouble({ pageLimit: 3 })
  const first = await aPair(cloud, { name: 'first' })
  await first.device.say('c', 'one', 'two', 'three', 'four', 'five')
  await first.device.drain('save')
  const second = await aPair(cloud, { name: 'second', seed: 2 })
  await expect(second.device.drain('start')).resolves.toEqual({ dueAt: null, settled: true })
  expect(await second.device.texts('c')).toEqual(['one', 'two', 'three', 'four', 'five'])
  expect(second.network.posts()).toEqual([])
  expect(await second.device.space()).toEqual({
    ...(await first.device.space()),
    incarnation: second.device.database.incarnation,
  })
})

test('a row stays until a pull has shown it: acknowledged is not confirmed', async () => {
  const cloud = createCloudDouble()
  const { device, network } = await aPair(cloud)
  await device.say('c', 'one')
  network.next(async (_request, pass) => pass(), 'answer-lost')
  await device.drain('save')
  expect((await device.outbox()).map(({ state }) => state)).toEqual(['sent'])
  expect(await device.sync.status()).toMatchObject({ pendingCount: 1, state: 'waiting' })
  await device.drain('online')
  expect(await device.outbox()).toEqual([])
  expect(cloud.ids()).toHaveLength(1)
})

test('what was acknowledged and is not shown waits again and is posted again', async () => {
  const cloud = createCloudDouble()
  const { device, network } = await aPair(cloud)
  await device.say('c', 'before')
  await device.drain('save')
  cloud.backUp()
  await device.say('c', 'one')
  network.next(async (_request, pass) => {
    const answer = await pass()
    cloud.restore()
    return answer
  })
  await device.drain('save')
  expect(cloud.operations().flatMap(textOf)).toEqual(['before', 'one'])
  expect(network.posts()).toHaveLength(3)
  expect(await device.outbox()).toEqual([])
})

test('a server that acknowledges and never shows is waited for, and nothing is given up', async () => {
  const cloud = createCloudDouble()
  const forgetful = {
    async request(request: Parameters<typeof cloud.request>[0]) {
      if (request.method !== 'POST') return cloud.request(request)
      const { conversations } = JSON.parse(request.body ?? '') as {
        conversations: { operations: { id: string }[] }[]
      }
      const accepted = conversations.flatMap(({ operations }) => operations.map(({ id }) => id))
      return json(200, { accepted, held: [], rejected: [], head: '0' })
    },
  }
  const { device, network } = await aPair(forgetful)
  await device.say('c', 'one')
  for (let attempt = 1; attempt <= 3; attempt++) {
    await expect(device.drain('online')).resolves.toMatchObject({ settled: false })
    expect((await device.space()).backoff).toMatchObject({ attempt })
  }
  expect(network.posts().length).toBeLessThan(12)
  expect((await device.outbox()).map(({ state }) => state)).toEqual(['waiting'])
})

test('a page is dropped when the cursor moved while it was on its way', async () => {
  const cloud = createCloudDouble({ pageLimit: 2 })
  const writer = await aPair(cloud, { name: 'writer' })
  await writer.device.say('c', 'one', 'two', 'three', 'four')
  await writer.device.drain('save')
  const reader = await aPair(cloud, { name: 'reader', seed: 2 })
  await reader.device.drain('start')
  await writer.device.say('c', 'five')
  await writer.device.drain('save')
  const before = await reader.device.space()
  reader.network.next(async (_request, pass) => {
    const page = await pass()
    await reader.device.changeSpace({ cursor: '0' as typeof before.cursor })
    return page
  })
  await reader.device.drain('visible')
  expect(await reader.device.texts('c')).toEqual(['one', 'two', 'three', 'four', 'five'])
  expect((await reader.device.space()).cursor).toBe((await writer.device.space()).cursor)
  const asked = reader.network.requests.map(({ path }) =>
    new URLSearchParams(path.split('?')[1]).get('cursor'),
  )
  expect(asked.filter((cursor) => cursor === '0')).toHaveLength(2)
})

test('two syncers on one database lose and double nothing', async () => {
  const cloud = createCloudDouble({ pageLimit: 2 })
  const worker = await aPair(cloud, { name: 'shared' })
  const page = await aDevice({
    network: aNetwork(cloud),
    storage: worker.device.storage,
    clock: worker.device.clock,
    name: 'shared',
    seed: 2,
  })
  await worker.device.say('a', 'one', 'two', 'three')
  await page.say('b', 'four', 'five')
  await Promise.all([worker.device.drain('save'), page.drain('save')])
  await Promise.all([worker.device.drain('visible'), page.drain('visible')])
  expect(cloud.operations().flatMap(textOf).sort()).toEqual(['five', 'four', 'one', 'three', 'two'])
  expect(new Set(cloud.ids()).size).toBe(cloud.ids().length)
  expect(await worker.device.outbox()).toEqual([])
})

test('a value that the server lost to a stub is offered again by who still shows it', async () => {
  const cloud = createCloudDouble()
  const { device } = await aPair(cloud)
  await device.say('c', 'one')
  await device.drain('save')
  for (const id of cloud.ids()) cloud.compact(id)
  await device.changeSpace({ cursor: '0' as Awaited<ReturnType<typeof device.space>>['cursor'] })
  await device.drain('visible')
  expect(cloud.operations().flatMap(textOf)).toEqual(['one'])
  expect(await device.outbox()).toEqual([])
  const other = await aPair(cloud, { name: 'other', seed: 2 })
  await other.device.drain('start')
  expect(await other.device.texts('c')).toEqual(['one'])
})

test('a stub of what was overwritten here confirms the row', async () => {
  const cloud = createCloudDouble()
  const { device, network } = await aPair(cloud)
  await device.say('c', 'draft')
  const id = 'device-c-draft'
  const edited = { id, role: 'user', parts: [{ type: 'text', text: 'final' }] }
  await device.service.editMessage({
    mutationId: device.mutation(),
    conversationId: 'c',
    message: { message: edited },
  })
  network.next(async (_request, pass) => {
    const answer = await pass()
    const [draft] = cloud.operations().filter((operation) => textOf(operation).includes('draft'))
    cloud.compact(draft?.id ?? '')
    return answer
  })
  await device.drain('save')
  expect(await device.outbox()).toEqual([])
  expect(network.posts()).toHaveLength(1)
  expect(await device.texts('c')).toEqual(['final'])
})

test('an emptied store’s cursor is worth nothing: it pulls from zero and offers what it holds', async () => {
  const cloud = createCloudDouble()
  const { device, network } = await aPair(cloud)
  await device.say('c', 'one')
  await device.drain('save')
  await device.changeSpace({ incarnation: 'another' })
  await device.drain('visible')
  expect(network.requests.at(-1)?.path).toContain('cursor=0&')
  expect(await device.space()).toMatchObject({ incarnation: device.database.incarnation, suspect: false })
  expect(cloud.ids()).toHaveLength(1)
})

test('asks for smaller pages while a network fails', async () => {
  const cloud = createCloudDouble()
  const { device, network } = await aPair(cloud)
  await device.say('c', 'one')
  network.next('request-lost', 'request-lost', 'request-lost')
  for (let round = 0; round < 4; round++) await device.drain('online')
  const limits = network.requests
    .filter(({ method }) => method === 'GET')
    .map(({ path }) => path.split('limit=')[1])
  expect(limits.at(-1)).toBe(String(500 >> 3))
})

test('notes when each conversation was last synced', async () => {
  const cloud = createCloudDouble()
  const { device } = await aPair(cloud)
  await device.say('c', 'one')
  await device.drain('save')
  const record = await device.database.read(['sync_metadata'], (tx) => tx.get('sync_metadata', 'c:c'))
  expect(record).toEqual({
    key: 'c:c',
    kind: 'conversation',
    conversationId: 'c',
    lastSyncedAt: device.clock.now(),
  })
})
