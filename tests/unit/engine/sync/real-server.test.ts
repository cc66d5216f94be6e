import { afterEach, expect, test } from 'vitest'
import { aMessage } from '../../../builders/engine.ts'
import { aPair, textOf } from './a-device.ts'
import { aRealCloud, closeClouds } from './a-real-cloud.ts'

afterEach(closeClouds)

test('two devices that wrote apart hold the same after they met', async () => {
  const cloud = await aRealCloud()
  const first = await aPair(cloud, { name: 'first' })
  const second = await aPair(cloud, { name: 'second', seed: 2 })
  await first.device.say('c', 'question')
  await first.device.drain('save')
  await second.device.drain('start')
  await second.device.say('c', 'from the second')
  await first.device.say('c', 'from the first')
  await first.device.service.renameConversation({
    mutationId: first.device.mutation(),
    conversationId: 'c',
    title: 'Named',
  })
  for (const { device } of [first, second, first])
    await expect(device.drain('visible')).resolves.toEqual({ dueAt: null, settled: true })
  const read = (device: typeof first.device) =>
    device.database.read(['messages', 'conversations'], async (tx) => {
      const record = await tx.get('conversations', 'c')
      return {
        messages: await tx.scan('messages'),
        registers: record?.registers,
        title: record?.title,
        conflicts: record?.conflicts,
      }
    })
  expect(await read(second.device)).toEqual(await read(first.device))
  expect((await cloud.shown()).operations.flatMap(textOf).sort()).toEqual([
    'from the first',
    'from the second',
    'question',
  ])
  expect(await first.device.outbox()).toEqual([])
  expect(await second.device.space()).toMatchObject({ cursor: (await first.device.space()).cursor })
})

test('every text and a 5 MB inline image come back as they were written', async () => {
  const cloud = await aRealCloud()
  const first = await aPair(cloud, { name: 'first' })
  const url = `data:image/png;base64,${'iVBORw0KGgoAAAANSUhEUg'.repeat(240_000)}`
  const odd = [
    '我喜欢离线优先 🚀',
    '\u0000\u001b[31m',
    'a\u2028b\u2029c',
    '</script><!--',
    '{"__proto__":1}',
    'e\u0301 \u202Ertl',
    '',
  ]
  const messages = odd.map((text, index) => aMessage(`m${index}`, text))
  messages.push({
    message: { id: 'image', role: 'user', parts: [{ type: 'file', mediaType: 'image/png', url }] },
  })
  await first.device.service.appendMessages({
    mutationId: first.device.mutation(),
    projectId: 'p',
    conversationId: 'c',
    messages,
  })
  await first.device.drain('save')
  expect(await first.device.outbox()).toEqual([])
  const second = await aPair(cloud, { name: 'second', seed: 2 })
  await second.device.drain('start')
  const loaded = await second.device.service.loadMessages({ conversationId: 'c', limit: 0 })
  expect(loaded.messages.map(({ message }) => message)).toEqual(messages.map(({ message }) => message))
})

test('small limits of the server are found by halving, and a too large message is put aside alone', async () => {
  const cloud = await aRealCloud({
    maxOperationsPerRequest: 7,
    maxOperationBytes: 3_000,
    maxBodyBytes: 12_000,
  })
  const { device } = await aPair(cloud)
  const texts = Array.from({ length: 40 }, (_, index) =>
    index === 11 || index === 30 ? 'x'.repeat(4_000 * (index - 10)) : `text ${index}`,
  )
  const messages = texts.map((text, index) => aMessage(`m${index}`, text))
  await device.service.appendMessages({
    mutationId: device.mutation(),
    projectId: 'p',
    conversationId: 'c',
    messages,
  })
  await expect(device.drain('save')).resolves.toEqual({ dueAt: null, settled: true })
  expect((await cloud.shown()).operations.flatMap(textOf)).toEqual(texts.filter((text) => text.length < 100))
  const quarantined = await device.sync.listQuarantined()
  expect(quarantined.map(({ refusal }) => refusal.code)).toEqual(['sync/too-large', 'sync/too-large'])
})

test('the server’s rate is respected to the second it names', async () => {
  const cloud = await aRealCloud({ requestsPerMinute: 6 })
  const { device, network } = await aPair(cloud)
  for (let index = 0; index < 12; index++) await device.say(`c${index}`, 'x'.repeat(150_000))
  let { dueAt } = await device.drain('save')
  for (let round = 0; dueAt !== null && round < 40; round++) {
    const refused = network.requests.length
    await device.drain('online')
    expect(network.requests).toHaveLength(refused)
    device.clock.set(dueAt)
    cloud.now.ms = dueAt
    ;({ dueAt } = await device.drain('timer'))
  }
  expect(dueAt).toBeNull()
  cloud.now.ms += 60_000
  expect((await cloud.shown()).operations).toHaveLength(12)
  expect(await device.outbox()).toEqual([])
})

test('another server on the same address gets everything offered', async () => {
  const cloud = await aRealCloud()
  const first = await aPair(cloud, { name: 'first' })
  const second = await aPair(cloud, { name: 'second', seed: 2 })
  await first.device.say('c', 'one', 'two')
  await first.device.drain('save')
  await second.device.drain('start')
  await second.device.say('c', 'three')
  await second.device.drain('save')
  await cloud.replace()
  await first.device.say('c', 'four')
  for (const { device } of [first, second, first]) await device.drain('visible')
  const texts = (await cloud.shown()).operations.flatMap(textOf)
  expect([...texts].sort()).toEqual(['four', 'one', 'three', 'two'])
  expect(await first.device.texts('c')).toEqual(await second.device.texts('c'))
  expect(await first.device.outbox()).toEqual([])
  expect(await second.device.outbox()).toEqual([])
})

test('no session, and somebody else’s, park the queue until the account is back', async () => {
  const cloud = await aRealCloud()
  const { device } = await aPair(cloud)
  await device.say('c', 'one')
  cloud.session.accountId = null
  await device.drain('save')
  expect(await device.sync.status()).toMatchObject({
    state: 'signed-out',
    lastError: { code: 'sync/auth-required' },
  })
  cloud.session.accountId = 'bert'
  await device.drain('focus')
  expect(await device.space()).toMatchObject({ parked: 'wrong-account' })
  expect((await cloud.shown()).operations).toEqual([])
  cloud.session.accountId = 'anna'
  await expect(device.drain('signed-in')).resolves.toEqual({ dueAt: null, settled: true })
  expect((await cloud.shown()).operations.flatMap(textOf)).toEqual(['one'])
})

test('a lost answer is repeated without a second effect', async () => {
  const cloud = await aRealCloud()
  const { device, network } = await aPair(cloud)
  await device.say('c', 'one', 'two')
  network.next('answer-lost', 'answer-lost')
  for (let round = 0; round < 3; round++) await device.drain('online')
  expect((await cloud.shown()).operations.flatMap(textOf)).toEqual(['one', 'two'])
  expect(await device.outbox()).toEqual([])
})
