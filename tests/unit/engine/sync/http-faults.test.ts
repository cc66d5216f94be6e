import { HttpResponse, http } from 'msw'
import { setupServer } from 'msw/node'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { createFetchNetwork } from '../../../../src/browser/network.ts'
import type { WakeReason } from '../../../../src/domain/sync-status.ts'
import { aClock } from '../../../builders/engine.ts'
import { aDevice, textOf } from './a-device.ts'
import { type CloudDouble, createCloudDouble, problem } from './cloud-double.ts'

const BASE = 'http://cloud.test/api/v1/chat'

/** What the next requests for conversations get, before the server is well again. `after-commit`: it does it and hangs up. */
type Answer =
  | { status: number; headers?: Record<string, string>; body?: string }
  | 'hang-up'
  | 'after-commit'
  | 'well'
let cloud: CloudDouble
let answers: Answer[] = []
/** Whether the server is well once `answers` are used up; if not, the last one goes on. */
let heals = true
let log: { readonly method: string; readonly at: number }[] = []
let clock: ReturnType<typeof aClock>

const server = setupServer(
  http.all(`${BASE}/*`, async ({ request }) => {
    const url = new URL(request.url)
    const path = url.pathname.slice('/api/v1/chat'.length) + url.search
    const body = request.method === 'POST' ? await request.text() : undefined
    const account = request.headers.get('X-Chatkeep-Account') ?? ''
    const pass = async () => {
      const method = request.method as 'GET' | 'POST'
      const headers = { 'X-Chatkeep-Account': account }
      const answer = await cloud.request({ method, path, headers, ...(body === undefined ? {} : { body }) })
      return new HttpResponse(answer.body, { status: answer.status, headers: answer.headers })
    }
    if (url.pathname.endsWith('/projects')) return pass()
    log.push({ method: request.method, at: clock.now() })
    const answer = (heals || answers.length > 1 ? answers.shift() : answers[0]) ?? 'well'
    if (answer === 'well') return pass()
    if (answer === 'after-commit') await pass()
    if (typeof answer === 'string') return HttpResponse.error()
    return new HttpResponse(answer.body ?? 'refused', {
      status: answer.status,
      headers: answer.headers ?? {},
    })
  }),
)

beforeAll(() => server.listen({ onUnhandledFrame: 'error' }))
afterAll(() => server.close())
afterEach(() => {
  answers = []
  heals = true
})

async function aHttpDevice() {
  cloud = createCloudDouble()
  log = []
  clock = aClock()
  const network = createFetchNetwork({
    cloud: { url: BASE, credentials: 'cookies' },
    clock,
    getToken: async () => null,
  })
  return aDevice({ network, clock })
}

test.each([500, 502, 503, 504, 408, 425, 429])(
  'attempts against a %i follow the formula, and saves shorten no wait',
  async (status) => {
    const device = await aHttpDevice()
    answers = [{ status }]
    heals = false
    await device.say('c', 'one')
    let { dueAt } = await device.drain('save')
    for (let attempt = 1; attempt <= 12; attempt++) {
      const setAt = clock.now()
      const backoff = (await device.space()).backoff
      expect(backoff).toMatchObject({
        attempt,
        setAt,
        nextAttemptAt: dueAt,
        reason: status === 429 ? 'rate' : 'server',
      })
      const windowMs = Math.min(300_000, 1_000 * 2 ** attempt)
      expect((dueAt ?? 0) - setAt).toBeGreaterThanOrEqual(0)
      expect((dueAt ?? 0) - setAt).toBeLessThan(windowMs)
      for (const at of [setAt, (dueAt ?? 0) - 1]) {
        if (at >= (dueAt ?? 0)) continue
        clock.set(at)
        const before = log.length
        await device.say('c', `save ${attempt} at ${at - setAt}`)
        await expect(device.drain('save')).resolves.toMatchObject({ dueAt })
        expect(log).toHaveLength(before)
      }
      clock.set(dueAt ?? 0)
      const asked = log.length
      ;({ dueAt } = await device.drain('timer'))
      expect(log.length - asked).toBe(1)
    }
    heals = true
    answers = []
    clock.set(dueAt ?? 0)
    await expect(device.drain('timer')).resolves.toEqual({ dueAt: null, settled: true })
    const texts = cloud.operations().flatMap(textOf)
    expect(texts[0]).toBe('one')
    expect(texts).toEqual(await device.texts('c'))
    expect(await device.space()).toMatchObject({ backoff: null, lastError: null })
  },
)

test.each([429, 503])('Retry-After of a %i is a floor for every wake-up', async (status) => {
  const device = await aHttpDevice()
  answers = [{ status, headers: { 'Retry-After': '600' } }]
  await device.say('c', 'one')
  const setAt = clock.now()
  await expect(device.drain('save')).resolves.toEqual({ dueAt: setAt + 600_000, settled: false })
  const reasons: WakeReason[] = [
    'save',
    'online',
    'sync',
    'timer',
    'focus',
    'visible',
    'pageshow',
    'poke',
    'activate',
    'start',
    'signed-in',
  ]
  clock.set(setAt + 599_999)
  for (const reason of reasons) await device.drain(reason)
  await device.sync.syncNow()
  expect(log).toHaveLength(1)
  clock.set(setAt + 600_000)
  await device.drain('timer')
  expect(cloud.operations()).toHaveLength(1)
})

test('going online ends a wait for the network at once', async () => {
  const device = await aHttpDevice()
  answers = ['hang-up', 'hang-up', 'hang-up', 'hang-up', 'hang-up', 'hang-up', 'hang-up']
  await device.say('c', 'one')
  for (let attempt = 0; attempt < 7; attempt++) await device.drain('online')
  expect((await device.space()).backoff).toMatchObject({ attempt: 7, reason: 'network' })
  await device.drain('focus')
  expect(cloud.operations()).toHaveLength(0)
  await expect(device.drain('online')).resolves.toEqual({ dueAt: null, settled: true })
  expect(cloud.operations()).toHaveLength(1)
})

test('a socket that closes after the server committed has exactly one effect', async () => {
  const device = await aHttpDevice()
  answers = ['after-commit', 'after-commit', 'well', 'hang-up']
  await device.say('c', 'one', 'two')
  for (let attempt = 0; attempt < 5; attempt++) await device.drain('online')
  expect(cloud.operations().flatMap(textOf)).toEqual(['one', 'two'])
  expect(cloud.ids()).toHaveLength(2)
  expect(await device.outbox()).toEqual([])
})

test('a success page from a proxy is no success', async () => {
  const device = await aHttpDevice()
  const page = {
    status: 200,
    headers: { 'Content-Type': 'text/html' },
    body: '<!doctype html><h1>Welcome to the hotel</h1>',
  }
  answers = [page, page, { status: 200, body: '{"ok":true}' }, { status: 201, body: '' }]
  await device.say('c', 'one')
  for (let attempt = 1; attempt <= 4; attempt++) {
    await device.drain('online')
    expect((await device.outbox()).map(({ state }) => state)).toEqual(['waiting'])
    expect((await device.sync.status()).lastError?.code).toBe('sync/bad-answer')
  }
  await device.drain('online')
  expect(cloud.operations().flatMap(textOf)).toEqual(['one'])
})

test('a redirect to a captive portal is no success either', async () => {
  const device = await aHttpDevice()
  answers = [{ status: 302, headers: { Location: 'http://portal.test/' } }]
  await device.say('c', 'one')
  await device.drain('save')
  expect((await device.outbox()).map(({ state }) => state)).toEqual(['waiting'])
  await device.drain('online')
  expect(cloud.operations()).toHaveLength(1)
})

test.each([409, 412])('a %i is answered by pulling first', async (status) => {
  const device = await aHttpDevice()
  answers = [{ status }]
  await device.say('c', 'one')
  await expect(device.drain('save')).resolves.toEqual({ dueAt: null, settled: true })
  expect(log.map(({ method }) => method)).toEqual(['POST', 'GET', 'POST', 'GET'])
  expect(cloud.operations()).toHaveLength(1)
})

test.each([409, 412])('a %i that does not end is waited for, longer and longer', async (status) => {
  const device = await aHttpDevice()
  await device.say('c', 'one')
  for (let attempt = 1; attempt <= 3; attempt++) {
    answers = [{ status }, 'well', { status }, 'well', { status }]
    await device.drain('online')
    expect((await device.space()).backoff).toMatchObject({ attempt })
    expect(await device.sync.listQuarantined()).toEqual([])
  }
  await device.drain('online')
  expect(cloud.operations()).toHaveLength(1)
})

test('a 410 pulls from zero before anything is posted', async () => {
  const device = await aHttpDevice()
  await device.say('c', 'one')
  await device.drain('save')
  log = []
  const { status, body, headers } = problem(410, 'sync/gone')
  answers = [{ status, body, headers: { ...headers } }]
  await device.say('c', 'two')
  await device.drain('save')
  expect(log.map(({ method }) => method)).toEqual(['POST', 'GET', 'POST', 'GET'])
  expect(cloud.operations().flatMap(textOf)).toEqual(['one', 'two'])
  expect(cloud.ids()).toHaveLength(2)
})

test('a 401 in the middle of a drain loses nothing and goes on after sign-in', async () => {
  const device = await aHttpDevice()
  await device.say('a', 'x'.repeat(200_000))
  await device.say('b', 'y'.repeat(200_000))
  answers = ['well', 'well', { status: 401, body: 'Unauthorized' }]
  await expect(device.drain('save')).resolves.toEqual({ dueAt: null, settled: true })
  expect(cloud.operations()).toHaveLength(1)
  expect(await device.sync.status()).toMatchObject({ state: 'signed-out', pendingCount: 1 })
  await device.drain('signed-in')
  expect(cloud.operations()).toHaveLength(2)
  expect(cloud.ids()).toHaveLength(2)
})

test('a server that is down for a while is asked ever more rarely, and in the end has everything in order', async () => {
  const device = await aHttpDevice()
  heals = false
  answers = ['hang-up']
  const downUntil = clock.now() + 3_600_000
  let { dueAt } = await device.drain('start')
  let saves = 0
  while (clock.now() < downUntil) {
    await device.say('c', `text ${saves++}`)
    await device.drain('save')
    clock.set(Math.max(dueAt ?? 0, clock.now() + 30_000))
    ;({ dueAt } = await device.drain('timer'))
  }
  expect(log.length).toBeLessThan(60)
  heals = true
  answers = []
  clock.set(dueAt ?? 0)
  await expect(device.drain('timer')).resolves.toEqual({ dueAt: null, settled: true })
  expect(cloud.operations().flatMap(textOf)).toEqual(
    Array.from({ length: saves }, (_, index) => `text ${index}`),
  )
})
