import { expect, test } from 'vitest'
import { ChatkeepError } from '../../../../src/domain/errors.ts'
import { SLICE_MS } from '../../../../src/engine/sync/drain.ts'
import type { NetworkRequest } from '../../../../src/ports/network.ts'
import { createMemoryStorage } from '../../../../src/storage/memory.ts'
import { aClock, aMessage, someLocks } from '../../../builders/engine.ts'
import { aDevice, aNetwork, aPair, textOf } from './a-device.ts'
import { createCloudDouble, problem } from './cloud-double.ts'

test('without a cloud nothing is asked and nothing is waited for', async () => {
  const device = await aDevice({ network: null })
  await device.say('c', 'one')
  await expect(device.drain('online')).resolves.toEqual({ dueAt: null, settled: true })
  expect(await device.sync.status()).toMatchObject({ state: 'off', pendingCount: 0 })
})

test('an anonymous database sends nothing', async () => {
  const cloud = createCloudDouble()
  const { device, network } = await aPair(cloud, { accountId: null })
  await device.say('c', 'one')
  await expect(device.drain('online')).resolves.toEqual({ dueAt: null, settled: true })
  expect(network.requests).toEqual([])
  expect(await device.sync.status()).toMatchObject({ state: 'signed-out', pendingCount: 1 })
})

test('a save during a drain is sent by that drain', async () => {
  const cloud = createCloudDouble()
  const { device, network } = await aPair(cloud)
  await device.say('c', 'one')
  let joined: Promise<unknown> | undefined
  network.next(
    (_request, pass) => pass(),
    async (_request, pass) => {
      const page = await pass()
      await device.say('c', 'two')
      joined = device.drain('save')
      return page
    },
  )
  const first = device.drain('save')
  await expect(first).resolves.toEqual({ dueAt: null, settled: true })
  expect(joined).toBeDefined()
  await expect(joined).resolves.toEqual({ dueAt: null, settled: true })
  expect(cloud.operations().flatMap(textOf)).toEqual(['one', 'two'])
})

test('a save at any moment of a drain is sent by that drain', async () => {
  // The save lands after each number of microtasks in turn, the very end of the drain included.
  for (let delay = 0; delay < 120; delay++) {
    const cloud = createCloudDouble()
    const { device } = await aPair(cloud)
    await device.say('c', 'one')
    const drained = device.drain('save')
    for (let tick = 0; tick < delay * 3; tick++) await Promise.resolve()
    await device.say('c', 'two')
    await Promise.all([drained, device.drain('save')])
    expect(cloud.operations().flatMap(textOf)).toEqual(['one', 'two'])
  }
})

test('requests of one drain never overlap, however many wake-ups come', async () => {
  const cloud = createCloudDouble()
  let running = 0
  let most = 0
  const { device } = await aPair({
    async request(request: NetworkRequest) {
      running += 1
      most = Math.max(most, running)
      await Promise.resolve()
      const answer = await cloud.request(request)
      running -= 1
      return answer
    },
  })
  await device.say('c', 'one', 'two')
  await Promise.all([
    device.drain('save'),
    device.drain('online'),
    device.drain('focus'),
    device.drain('visible'),
    device.sync.syncNow(),
  ])
  expect(most).toBe(1)
  expect(cloud.operations().flatMap(textOf)).toEqual(['one', 'two'])
})

test('focus, pageshow and visible at once are one round', async () => {
  const cloud = createCloudDouble()
  const { device, network } = await aPair(cloud)
  await device.say('c', 'one')
  await device.drain('save')
  network.requests.length = 0
  await Promise.all([device.drain('focus'), device.drain('pageshow'), device.drain('visible')])
  expect(network.requests).toHaveLength(1)
})

test('another context that holds the lock is left alone, and we come back soon', async () => {
  const cloud = createCloudDouble()
  const locks = someLocks()
  const { device, network } = await aPair(cloud, { locks })
  await device.say('c', 'one')
  locks.held.add('sync:device')
  await expect(device.drain('save')).resolves.toEqual({ dueAt: device.clock.now() + 1_000, settled: false })
  expect(network.requests).toEqual([])
  locks.held.clear()
  await expect(device.drain('timer')).resolves.toEqual({ dueAt: null, settled: true })
})

test('a lock that stays held is asked for less and less often, and soon again when there is something new', async () => {
  const locks = someLocks()
  const { device } = await aPair(createCloudDouble(), { locks })
  const retryMs = async (reason: 'save' | 'timer') =>
    ((await device.drain(reason)).dueAt ?? 0) - device.clock.now()
  locks.held.add('sync:device')
  await device.say('c', 'one')
  const waits = [await retryMs('save')]
  for (let time = 0; time < 4; time++) waits.push(await retryMs('timer'))
  expect(waits).toEqual([1_000, 2_000, 4_000, 8_000, 8_000])
  await device.say('c', 'two')
  expect(await retryMs('save')).toBe(1_000)
  locks.held.clear()
  await device.drain('timer')
  locks.held.add('sync:device')
  expect(await retryMs('timer')).toBe(1_000)
})

test('a round with nothing to send to anybody reads once before it asks and once after', async () => {
  let reads = 0
  const storage = createMemoryStorage()
  const counted: typeof storage = {
    ...storage,
    async open(name, options) {
      const opened = await storage.open(name, options)
      return {
        ...opened,
        read(stores, work) {
          reads += 1
          return opened.read(stores, work)
        },
      }
    },
  }
  const { device, network } = await aPair(createCloudDouble(), { storage: counted })
  await device.say('c', 'one')
  await device.drain('save')
  reads = 0
  network.requests.length = 0
  await device.drain('save')
  expect([network.requests.length, reads]).toEqual([0, 2])
})

test('a drain returns after its slice, and the next one goes on', async () => {
  const clock = aClock()
  const cloud = createCloudDouble()
  const slow = {
    async request(request: NetworkRequest) {
      clock.advance(3_000)
      return cloud.request(request)
    },
  }
  const { device } = await aPair(slow, { clock })
  for (const id of ['a', 'b', 'c', 'd', 'e', 'f']) await device.say(id, 'x'.repeat(200_000))
  const startedAt = clock.now()
  const drained = await device.drain('save')
  expect(drained).toEqual({ dueAt: clock.now(), settled: false })
  expect(clock.now() - startedAt).toBeLessThanOrEqual(SLICE_MS + 6_000)
  expect(cloud.operations().length).toBeGreaterThan(0)
  for (let round = 0; round < 5; round++) await device.drain('timer')
  expect(cloud.operations()).toHaveLength(6)
  expect(await device.outbox()).toEqual([])
})

test('spaces are drained each with their own wait, and a save asks only the one that has something', async () => {
  const cloud = createCloudDouble()
  const { device, network } = await aPair({
    async request(request: NetworkRequest) {
      const isBad = request.path.includes('projectId=bad') || request.body?.includes('"projectId":"bad"')
      return isBad === true ? problem(503, 'sync/server-error') : cloud.request(request)
    },
  })
  const save = (projectId: string, id: string) =>
    device.service.appendMessages({
      mutationId: device.mutation(),
      projectId,
      conversationId: `${projectId}-c`,
      messages: [aMessage(id)],
    })
  await save('bad', 'one')
  await save('good', 'two')
  const { dueAt, settled } = await device.drain('online')
  expect(settled).toBe(false)
  expect(dueAt).toBe((await device.space('bad')).backoff?.nextAttemptAt)
  expect(cloud.operations('good')).toHaveLength(1)
  expect(await device.space('good')).toMatchObject({ backoff: null, lastError: null })
  network.requests.length = 0
  await save('good', 'three')
  await device.drain('save')
  expect(network.requests.every(({ path, body }) => !`${path}${body ?? ''}`.includes('bad'))).toBe(true)
  expect(cloud.operations('good')).toHaveLength(2)
})

test('a 401 parks every space, saves ask no more, and every other wake-up asks once', async () => {
  const cloud = createCloudDouble()
  let session = true
  const { device, network } = await aPair({
    request: async (request: NetworkRequest) =>
      session ? cloud.request(request) : problem(401, 'sync/auth-required'),
  })
  await device.say('c', 'one')
  await device.drain('online')
  session = false
  await device.say('c', 'two')
  await expect(device.drain('save')).resolves.toEqual({ dueAt: null, settled: true })
  expect(await device.space()).toMatchObject({ parked: 'auth', backoff: null })
  expect(await device.sync.status()).toMatchObject({
    state: 'signed-out',
    pendingCount: 1,
    lastError: { code: 'sync/auth-required', remedy: expect.any(String) },
  })
  network.requests.length = 0
  await device.say('c', 'three')
  await device.drain('save')
  expect(network.requests).toHaveLength(0)
  for (const reason of ['focus', 'online', 'timer', 'poke'] as const) await device.drain(reason)
  expect(network.requests).toHaveLength(4)
  session = true
  await expect(device.drain('signed-in')).resolves.toEqual({ dueAt: null, settled: true })
  expect(cloud.operations().flatMap(textOf)).toEqual(['one', 'two', 'three'])
  expect(await device.sync.status()).toMatchObject({ state: 'idle', pendingCount: 0, lastError: null })
})

test('a deleted account is offered nothing: everything stays here, and the status says so', async () => {
  const cloud = createCloudDouble()
  let isGone = false
  const { device, network } = await aPair({
    request: async (request: NetworkRequest) =>
      isGone ? problem(410, 'account/gone') : cloud.request(request),
  })
  await device.say('c', 'one')
  await device.drain('online')
  const before = await device.space()
  isGone = true
  await device.say('c', 'two')
  network.requests.length = 0
  await expect(device.drain('save')).resolves.toEqual({ dueAt: null, settled: true })
  expect(network.requests).toHaveLength(1)
  expect(await device.space()).toMatchObject({ parked: 'gone', cursor: before?.cursor, suspect: false })
  expect(await device.sync.status()).toMatchObject({
    state: 'signed-out',
    pendingCount: 1,
    lastError: { code: 'account/gone', remedy: expect.any(String) },
  })
})

test('a session that comes during a wait is used when the wait ends, by itself', async () => {
  const cloud = createCloudDouble()
  let answers = (request: NetworkRequest) => cloud.request(request)
  const { device } = await aPair({ request: (request: NetworkRequest) => answers(request) })
  answers = async () => problem(503, 'sync/server-error')
  await device.say('c', 'one')
  const { dueAt } = await device.drain('save')
  answers = async () => problem(401, 'sync/auth-required')
  await device.drain('focus')
  answers = (request) => cloud.request(request)
  expect(dueAt).toBeGreaterThan(device.clock.now())
  await expect(device.drain('signed-in')).resolves.toEqual({ dueAt, settled: false })
  device.clock.set(dueAt ?? 0)
  await device.drain('timer')
  expect(cloud.operations().flatMap(textOf)).toEqual(['one'])
})

test('nothing of one account is taken by another’s session', async () => {
  const cloud = createCloudDouble({ accountId: 'bert' })
  const { device, network } = await aPair(cloud, { accountId: 'anna' })
  await device.say('c', 'one')
  await device.drain('save')
  expect(cloud.operations()).toEqual([])
  expect(network.requests.every(({ headers }) => headers?.['X-Chatkeep-Account'] === 'anna')).toBe(true)
  expect(await device.space()).toMatchObject({ parked: 'wrong-account' })
  expect((await device.sync.status()).lastError?.code).toBe('sync/wrong-account')
})

test('a missing page for a token parks as such', async () => {
  const { device } = await aPair({
    request: async () => Promise.reject(new ChatkeepError('sync/auth-required', 'no page')),
  })
  await device.say('c', 'one')
  await expect(device.drain('sync')).resolves.toEqual({ dueAt: null, settled: true })
  expect(await device.sync.status()).toMatchObject({ state: 'waiting-for-page' })
})

test('projects made on other devices are found and pulled', async () => {
  const cloud = createCloudDouble()
  const first = await aPair(cloud, { name: 'first' })
  const appended = { projectId: 'other project/ü', conversationId: 'x', messages: [aMessage('m')] }
  await first.device.service.appendMessages({ mutationId: first.device.mutation(), ...appended })
  await first.device.drain('save')
  const second = await aPair(cloud, { name: 'second', seed: 2 })
  await second.device.drain('start')
  expect(await second.device.texts('x')).toEqual(['text of m'])
  await second.device.drain('visible')
  expect(second.network.directoryRequests).toHaveLength(1)
  second.device.clock.advance(3_600_000)
  await second.device.drain('visible')
  await second.device.drain('save')
  await second.device.drain('signed-in')
  expect(second.network.directoryRequests).toHaveLength(3)
})

test('a poke for a project that was not there when this device asked brings its conversations', async () => {
  const cloud = createCloudDouble()
  const [first, second] = [await aPair(cloud, { seed: 1 }), await aPair(cloud, { name: 'second', seed: 2 })]
  await second.device.drain('signed-in')
  await first.device.say('c', 'hello')
  await first.device.drain('save')
  await second.device.service.wake({ reason: 'poke', projectId: 'p' })
  expect(await second.device.texts('c')).toEqual(['hello'])
})

test('a cloud without a list of projects is fine; one that cannot answer is waited for', async () => {
  const missing = await aPair({ request: async () => problem(404, 'input/not-found') })
  await expect(missing.device.drain('start')).resolves.toEqual({ dueAt: null, settled: true })
  expect(await missing.device.sync.status()).toMatchObject({ state: 'idle', lastError: null })

  const down = await aPair({ request: async () => problem(503, 'sync/server-error') })
  const { dueAt, settled } = await down.device.drain('start')
  expect(settled).toBe(true)
  expect(dueAt).toBe((await down.device.sync.status()).nextAttemptAt)
  await down.device.drain('timer')
  expect(down.network.directoryRequests).toHaveLength(1)
  await down.device.drain('online')
  expect((await down.device.sync.status()).attempt).toBe(2)

  const signedOut = await aPair({ request: async () => problem(401, 'sync/auth-required') })
  await expect(signedOut.device.drain('start')).resolves.toEqual({ dueAt: null, settled: true })
  expect(await signedOut.device.sync.status()).toMatchObject({ state: 'signed-out' })
})

test('a request that hangs is given up, and the lock with it', async () => {
  const clock = aClock()
  let aborted = false
  const network = aNetwork({
    request: ({ signal }) =>
      new Promise(() => {
        signal?.addEventListener('abort', () => {
          aborted = true
        })
      }),
  })
  const locks = someLocks()
  const device = await aDevice({ network, clock, locks })
  await device.say('c', 'one')
  const drained = device.drain('save')
  while (network.requests.length === 0) await new Promise((resolve) => setImmediate(resolve))
  clock.advance(120_000)
  await expect(drained).resolves.toMatchObject({ settled: false })
  expect(aborted).toBe(true)
  expect(locks.held.size).toBe(0)
  expect(await device.space()).toMatchObject({ backoff: { attempt: 1, reason: 'network' } })
})

test('a wait of no length is due at once, and one that ended unused is not forgotten', async () => {
  const cloud = createCloudDouble()
  const { device, network } = await aPair(cloud, { randomNumber: () => 0 })
  await device.say('c', 'one')
  network.next('request-lost')
  await expect(device.drain('save')).resolves.toEqual({ dueAt: device.clock.now(), settled: false })
  await expect(device.drain('timer')).resolves.toEqual({ dueAt: null, settled: true })

  const late = await aPair(cloud, { name: 'late', seed: 2 })
  late.network.next('request-lost')
  await late.device.drain('start')
  const { dueAt } = await late.device.drain('poke')
  late.device.clock.set((dueAt ?? 0) + 5)
  await expect(late.device.drain('save')).resolves.toMatchObject({ dueAt: late.device.clock.now() })
})

test('what another context kept us from doing is done when the lock is free', async () => {
  const cloud = createCloudDouble()
  const locks = someLocks()
  const { device, network } = await aPair(cloud, { locks })
  await device.say('c', 'one')
  network.next('request-lost', 'request-lost', 'request-lost', 'request-lost')
  for (let failure = 0; failure < 4; failure++) await device.drain('online')
  locks.held.add('sync:device')
  await device.drain('online')
  locks.held.clear()
  await expect(device.drain('timer')).resolves.toEqual({ dueAt: null, settled: true })
  expect(cloud.operations()).toHaveLength(1)
})
