import { expect, test } from 'vitest'
import type { OperationId } from '../../../../src/domain/ids.ts'
import type { SetOperation } from '../../../../src/domain/operation.ts'
import type { NetworkRequest, NetworkResponse } from '../../../../src/ports/network.ts'
import { aMessage, someMessages } from '../../../builders/engine.ts'
import { aDevice, aNetwork, aPair, textOf } from './a-device.ts'
import { type CloudDouble, createCloudDouble, json, problem } from './cloud-double.ts'

type Body = { conversations: { id: string; operations: SetOperation[] }[]; cursor: string }
const bodyOf = (request: NetworkRequest) => JSON.parse(request.body ?? '') as Body
const operationsOf = (request: NetworkRequest) =>
  bodyOf(request).conversations.flatMap(({ operations }) => operations)
const texts = (cloud: CloudDouble) => cloud.operations().flatMap(textOf)

/** A cloud that refuses each request that holds one of these texts, as a firewall does. */
function refusing(cloud: CloudDouble, texts: readonly string[], answer: NetworkResponse) {
  return {
    async request(request: NetworkRequest) {
      const isRefused =
        request.method === 'POST' &&
        operationsOf(request)
          .flatMap(textOf)
          .some((text) => texts.includes(text))
      return isRefused ? answer : cloud.request(request)
    },
  }
}

test('what was saved reaches the cloud in the order in which it was saved, and leaves the outbox', async () => {
  const cloud = createCloudDouble()
  const { device, network } = await aPair(cloud)
  await device.say('c', 'one', 'two', 'three')
  await expect(device.drain('save')).resolves.toEqual({ dueAt: null, settled: true })
  expect(texts(cloud)).toEqual(['one', 'two', 'three'])
  expect(await device.outbox()).toEqual([])
  expect(network.posts()).toHaveLength(1)
  expect(network.posts()[0]?.headers).toMatchObject({ 'X-Chatkeep-Account': 'anna' })
  expect(await device.space()).toMatchObject({ suspect: false, backoff: null, lastError: null })
})

test('batches hold at most 100 operations or 256 KB, and each is pulled before the next is posted', async () => {
  const cloud = createCloudDouble()
  const { device, network } = await aPair(cloud)
  await device.service.appendMessages({
    mutationId: device.mutation(),
    projectId: 'p',
    conversationId: 'c',
    messages: someMessages(250),
  })
  await device.say('big', 'x'.repeat(150_000), 'y'.repeat(150_000), 'z'.repeat(600_000), 'last')
  await device.drain('save')
  const counts = network.posts().map((request) => operationsOf(request).length)
  expect(Math.max(...counts)).toBeLessThanOrEqual(100)
  expect(network.requests.map(({ method }) => method).join(' ')).not.toContain('POST POST')
  for (const request of network.posts()) {
    if (operationsOf(request).length > 1) expect(request.body?.length).toBeLessThan(256 * 1024 + 200)
  }
  const textsOf = (id: string) =>
    cloud
      .operations()
      .filter(({ conversationId }) => conversationId === id)
      .flatMap(textOf)
  expect(textsOf('c')).toEqual(someMessages(250).map((_, index) => `text ${index}`))
  expect(
    textsOf('big')
      .map((text) => text[0])
      .join(''),
  ).toBe('xyzl')
  expect(await device.outbox()).toEqual([])
})

test('cutting a large row keeps the order of its conversation', async () => {
  const cloud = createCloudDouble()
  const { device } = await aPair(cloud)
  const messages = someMessages(130)
  await device.service.appendMessages({
    mutationId: device.mutation(),
    projectId: 'p',
    conversationId: 'c',
    messages,
  })
  await device.say('other', 'between')
  await device.say('c', 'after')
  await device.drain('save')
  const ofC = cloud.operations().filter(({ conversationId }) => conversationId === 'c')
  expect(ofC.flatMap(textOf)).toEqual([...messages.map((_, index) => `text ${index}`), 'after'])
})

test('held operations leave the outbox at once', async () => {
  const cloud = createCloudDouble()
  const { device } = await aPair(cloud)
  await device.say('c', 'one')
  const rows = await device.outbox()
  await device.drain('save')
  await device.database.write('strict', async ({ tx }) => {
    for (const row of rows) await tx.put('outbox', row)
  })
  await device.drain('save')
  expect(await device.outbox()).toEqual([])
  expect(new Set(cloud.ids()).size).toBe(cloud.ids().length)
})

test('a rejected operation is put aside alone; the rest of its batch and of its conversation goes on', async () => {
  const cloud = createCloudDouble()
  const rejectTwo = {
    async request(request: NetworkRequest) {
      if (request.method !== 'POST') return cloud.request(request)
      const body = bodyOf(request)
      const isBad = (operation: SetOperation) => textOf(operation).includes('two')
      for (const conversation of body.conversations) {
        conversation.operations = conversation.operations.filter((operation) => !isBad(operation))
      }
      const answer = await cloud.request({ ...request, body: JSON.stringify(body) })
      const parsed = JSON.parse(answer.body) as { rejected: object[] }
      parsed.rejected = operationsOf(request)
        .filter(isBad)
        .map(({ id }) => ({ id, code: 'sync/too-large', detail: '9 MB' }))
      return json(200, parsed)
    },
  }
  const { device } = await aPair(rejectTwo)
  const messages = ['one', 'two', 'three'].map((text) => aMessage(text, text))
  await device.service.appendMessages({
    mutationId: device.mutation(),
    projectId: 'p',
    conversationId: 'c',
    messages,
  })
  await device.say('c', 'four')
  await expect(device.drain('save')).resolves.toEqual({ dueAt: null, settled: true })
  expect(texts(cloud)).toEqual(['one', 'three', 'four'])
  const [quarantined, ...others] = await device.sync.listQuarantined()
  expect(others).toEqual([])
  expect(quarantined).toMatchObject({
    conversationId: 'c',
    operationCount: 1,
    refusal: { code: 'sync/too-large', retryable: false },
  })
  expect(await device.sync.status()).toMatchObject({
    state: 'error',
    pendingCount: 1,
    quarantinedCount: 1,
    lastError: { code: 'sync/too-large', remedy: expect.stringContaining('export') },
  })
})

test.each([413, 400, 422])(
  'a batch refused with %i is halved until the culprit stands alone',
  async (status) => {
    const cloud = createCloudDouble()
    const poisoned = refusing(cloud, ['m17', 'm18', 'm60'], problem(status, 'sync/too-large'))
    const { device } = await aPair(poisoned)
    const all = Array.from({ length: 64 }, (_, index) => `m${index}`)
    const messages = all.map((text) => aMessage(text, text))
    await device.service.appendMessages({
      mutationId: device.mutation(),
      projectId: 'p',
      conversationId: 'c',
      messages,
    })
    await expect(device.drain('save')).resolves.toEqual({ dueAt: null, settled: true })
    expect(texts(cloud)).toEqual(all.filter((text) => !['m17', 'm18', 'm60'].includes(text)))
    expect((await device.queued()).flatMap(textOf)).toEqual(['m17', 'm18', 'm60'])
    expect(await device.sync.listQuarantined()).toHaveLength(3)
  },
)

test('what is in quarantine can be retried, and then leaves like anything else', async () => {
  const cloud = createCloudDouble()
  const { device, network } = await aPair(cloud)
  await device.say('c', 'one')
  network.next({ answer: problem(413, 'sync/too-large') })
  await device.drain('save')
  for (const { sequence } of await device.sync.listQuarantined()) await device.sync.retryQuarantined(sequence)
  expect(await device.sync.listQuarantined()).toEqual([])
  await device.drain('save')
  expect(texts(cloud)).toEqual(['one'])
  expect(await device.sync.status()).toMatchObject({ state: 'idle', pendingCount: 0, lastError: null })
})

test.each([403, 404, 405])(
  'one operation refused with %i is put aside when the rest is taken',
  async (status) => {
    const cloud = createCloudDouble()
    const { device } = await aPair(refusing(cloud, ['SELECT'], problem(status, 'waf')))
    await device.say('c', 'one', 'SELECT', 'three')
    await expect(device.drain('save')).resolves.toEqual({ dueAt: null, settled: true })
    expect(texts(cloud)).toEqual(['one', 'three'])
    expect((await device.sync.listQuarantined())[0]?.refusal).toMatchObject({
      code: 'sync/rejected',
      details: { status },
    })
    expect((await device.sync.listQuarantined())[0]?.refusal.details).not.toHaveProperty('inDoubt')
  },
)

test.each([403, 404, 405])(
  'a destination that answers %i to everything is waited for, and nothing is put aside',
  async (status) => {
    const cloud = createCloudDouble()
    const network = aNetwork({ request: async () => problem(status, 'sync/rejected') })
    const device = await aDevice({ network })
    await device.say('c', 'one', 'two', 'three', 'four')
    const { dueAt, settled } = await device.drain('save')
    expect(settled).toBe(false)
    expect(dueAt).toBeGreaterThanOrEqual(device.clock.now())
    expect(await device.sync.listQuarantined()).toEqual([])
    const healed = await aDevice({ network: cloud, storage: device.storage, clock: device.clock, seed: 2 })
    await healed.drain('online')
    expect(texts(cloud)).toEqual(['one', 'two', 'three', 'four'])
  },
)

test('a destination that takes reads and refuses every write with 403 is waited for longer and longer', async () => {
  const cloud = createCloudDouble()
  const readOnly = {
    request: async (request: NetworkRequest) =>
      request.method === 'POST' ? problem(403, 'read-only') : cloud.request(request),
  }
  const { device } = await aPair(readOnly)
  await device.say('c', 'one', 'two', 'three', 'four', 'five')
  for (let attempt = 1; attempt <= 4; attempt++) {
    await device.drain('online')
    expect(await device.space()).toMatchObject({ backoff: { attempt, reason: 'server' } })
    expect((await device.outbox()).map(({ state }) => state)).toEqual(
      Array.from({ length: 5 }, () => 'waiting'),
    )
  }
  const healed = await aDevice({ network: cloud, storage: device.storage, clock: device.clock, seed: 2 })
  await healed.drain('online')
  expect(texts(cloud)).toEqual(['one', 'two', 'three', 'four', 'five'])
})

test('an answer that forgets an operation leaves it waiting', async () => {
  const cloud = createCloudDouble()
  const { device, network } = await aPair(cloud)
  await device.say('c', 'one', 'two')
  network.next(async (_request, pass) => {
    const answer = JSON.parse((await pass()).body) as { accepted: OperationId[] }
    return json(200, { ...answer, accepted: answer.accepted.slice(0, 1) })
  })
  await expect(device.drain('save')).resolves.toMatchObject({ settled: false })
  expect((await device.outbox()).map(({ state }) => state)).toEqual(['sent', 'waiting'])
  expect((await device.space()).lastError).toMatchObject({ code: 'sync/bad-answer' })
  await device.drain('online')
  expect(texts(cloud)).toEqual(['one', 'two'])
  expect(await device.outbox()).toEqual([])
})
