import { expect, test } from 'vitest'
import { createFetchNetwork, MAX_ANSWER_BYTES } from '../../../src/browser/network.ts'
import { createFakeClock, settled } from '../rpc/fake-clock.ts'

const CLOUD = { url: 'https://cloud.example/api/v1/chat', credentials: 'cookies' } as const

function createNetwork(
  answer: (url: string, init: RequestInit) => Response | Promise<Response>,
  {
    cloud = CLOUD as { url: string; credentials: 'cookies' | 'token' },
    tokens = [] as (string | null)[],
  } = {},
) {
  const clock = createFakeClock()
  const sent: { url: string; init: RequestInit }[] = []
  let asked = 0
  const network = createFetchNetwork({
    cloud,
    clock,
    getToken: async () => tokens[asked++] ?? null,
    fetch: (async (url: string, init: RequestInit) => {
      sent.push({ url, init })
      return answer(url, init)
    }) as typeof fetch,
  })
  return { network, clock, sent, asked: () => asked }
}

test('carries method, path, headers, body and cookies, and answers with everything', async () => {
  const { network, sent } = createNetwork(
    () => new Response('{"ok":"é"}', { status: 412, headers: { ETag: '"7"', 'Retry-After': '3' } }),
  )
  const answer = await network.request({
    method: 'POST',
    path: '/conversations?x=1',
    headers: { 'X-Chatkeep-Account': 'a' },
    body: '{}',
  })
  expect(answer).toMatchObject({
    status: 412,
    body: '{"ok":"é"}',
    headers: { etag: '"7"', 'retry-after': '3' },
  })
  expect(sent[0]?.url).toBe('https://cloud.example/api/v1/chat/conversations?x=1')
  expect(sent[0]?.init).toMatchObject({
    method: 'POST',
    body: '{}',
    credentials: 'include',
    cache: 'no-store',
    redirect: 'error',
  })
  expect(Object.fromEntries(new Headers(sent[0]?.init.headers))).toEqual({
    accept: 'application/json',
    'content-type': 'application/json',
    'x-chatkeep-account': 'a',
  })
})

test.each([200, 204, 401, 404, 500, 503])('status %i is an answer, not an error', async (status) => {
  const { network } = createNetwork(() => new Response(null, { status }))
  expect(await network.request({ method: 'GET', path: '/limits' })).toMatchObject({ status, body: '' })
})

test('no answer is sync/offline', async () => {
  const { network, clock } = createNetwork(() => {
    throw new TypeError('Failed to fetch')
  })
  await expect(network.request({ method: 'GET', path: '/limits' })).rejects.toMatchObject({
    code: 'sync/offline',
    retryable: true,
  })
  expect(clock.pendingTimers()).toBe(0)
})

const untilAborted = (_url: string, init: RequestInit) =>
  new Promise<Response>((_resolve, reject) => {
    init.signal?.addEventListener('abort', () => reject(new DOMException('aborted', 'AbortError')))
  })

test('an answer that does not come in time is sync/offline, and a large body has more time', async () => {
  const { network, clock } = createNetwork(untilAborted)
  const small = network.request({ method: 'GET', path: '/' }).catch((error) => error.code)
  const large = network.request({ method: 'POST', path: '/', body: 'x'.repeat(8_000_000) })
  let isLargeOver = false
  large.catch(() => (isLargeOver = true))
  await clock.advance(30_000)
  expect(await small).toBe('sync/offline')
  expect(isLargeOver).toBe(false)
  await clock.advance(125_001)
  expect(isLargeOver).toBe(true)
})

test('the caller can abort', async () => {
  const { network } = createNetwork(untilAborted)
  const controller = new AbortController()
  const request = network.request({ method: 'GET', path: '/', signal: controller.signal })
  await settled()
  controller.abort()
  await expect(request).rejects.toMatchObject({ code: 'sync/offline' })
})

test('an answer beyond 32 MB is refused without being kept', async () => {
  let isCancelled = false
  const endless = () =>
    new Response(
      new ReadableStream({
        pull: (controller) => controller.enqueue(new Uint8Array(1024 * 1024)),
        cancel() {
          isCancelled = true
        },
      }),
    )
  const { network } = createNetwork((_url, init) => {
    init.signal?.addEventListener('abort', () => (isCancelled = true))
    return endless()
  })
  await expect(network.request({ method: 'GET', path: '/' })).rejects.toMatchObject({
    code: 'sync/bad-answer',
  })
  expect(isCancelled).toBe(true)
  expect(MAX_ANSWER_BYTES).toBe(32 * 1024 * 1024)
})

test('a character that is split between two pieces arrives whole', async () => {
  const bytes = new TextEncoder().encode('"👋"')
  const { network } = createNetwork(
    () =>
      new Response(
        new ReadableStream({
          start(controller) {
            for (const byte of bytes) controller.enqueue(new Uint8Array([byte]))
            controller.close()
          },
        }),
      ),
  )
  expect((await network.request({ method: 'GET', path: '/' })).body).toBe('"👋"')
})

const BY_TOKEN = { ...CLOUD, credentials: 'token' } as const

test('a bearer token is sent without cookies and kept for a moment only', async () => {
  const { network, sent, clock, asked } = createNetwork(() => new Response('{}'), {
    cloud: BY_TOKEN,
    tokens: ['one', 'two'],
  })
  await network.request({ method: 'GET', path: '/' })
  await network.request({ method: 'GET', path: '/' })
  expect(asked()).toBe(1)
  await clock.advance(31_000)
  await network.request({ method: 'GET', path: '/' })
  expect(sent.map(({ init }) => new Headers(init.headers).get('authorization'))).toEqual([
    'Bearer one',
    'Bearer one',
    'Bearer two',
  ])
  expect(sent[0]?.init.credentials).toBe('omit')
})

test('after a 401 the next request asks for a new token', async () => {
  const { network, asked } = createNetwork(() => new Response('{}', { status: 401 }), {
    cloud: BY_TOKEN,
    tokens: ['old', 'new'],
  })
  await network.request({ method: 'GET', path: '/' })
  await network.request({ method: 'GET', path: '/' })
  expect(asked()).toBe(2)
})

test('without a page that gives a token nothing is sent', async () => {
  const { network, sent } = createNetwork(() => new Response('{}'), { cloud: BY_TOKEN, tokens: [null] })
  await expect(network.request({ method: 'GET', path: '/' })).rejects.toMatchObject({
    code: 'sync/auth-required',
  })
  expect(sent).toEqual([])
})
