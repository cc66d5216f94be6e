import { expect, test } from 'vitest'
import { createLocalLocks } from '../../../src/browser/locks.ts'
import { type EventStreamParts, listenForPokes } from '../../../src/client/event-stream.ts'
import { settled } from '../rpc/fake-clock.ts'
import { createFakePage } from './fake-page.ts'

const OF_ACCOUNT = 'https://cloud.example/api/v1/chat/events'
const OF_PROJECT = `${OF_ACCOUNT}?projectId=docs`

type Stream = { send(text: string): void; end(): void; isAborted(): boolean; headers: Record<string, string> }

function createCloud() {
  const streams: Stream[] = []
  const urls: string[] = []
  let refusal: ((url: string) => Response | undefined) | undefined
  const fetchEvents = (async (url: string, init: RequestInit) => {
    urls.push(url)
    const refused = refusal?.(url)
    if (refused !== undefined) return refused
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>()
    const writer = writable.getWriter()
    const signal = init.signal as AbortSignal
    signal.addEventListener('abort', () => void writer.abort(signal.reason).catch(() => {}))
    streams.push({
      send: (text) => void writer.write(new TextEncoder().encode(text)).catch(() => {}),
      end: () => void writer.close().catch(() => {}),
      isAborted: () => signal.aborted,
      headers: init.headers as Record<string, string>,
    })
    return new Response(readable, { headers: { 'content-type': 'text/event-stream; charset=utf-8' } })
  }) as typeof fetch
  return { streams, urls, fetchEvents, refuse: (answer: typeof refusal) => (refusal = answer) }
}

function listen({ page = createFakePage(), cloud = createCloud(), locks = createLocalLocks() } = {}) {
  const poked: (string | undefined)[] = []
  const parts: EventStreamParts = {
    ...page.environment,
    locks,
    lockName: 'events:db',
    urls: [OF_ACCOUNT, OF_PROJECT],
    credentials: 'include',
    headers: async () => ({ 'x-chatkeep-account': 'a' }),
    onPoke: (projectId) => void poked.push(projectId),
    fetch: cloud.fetchEvents,
  }
  const stop = listenForPokes(parts)
  return { ...page, ...cloud, stop, poked, pokes: () => poked.length }
}

test('each poke is passed on, whole or in pieces; heartbeats are not', async () => {
  const { streams, pokes } = listen()
  await settled()
  expect(streams[0]?.headers).toMatchObject({ accept: 'text/event-stream', 'x-chatkeep-account': 'a' })
  streams[0]?.send(': heartbeat\n\n')
  streams[0]?.send('event: poke\ndata: {"cursor":"1"}\n\n')
  streams[0]?.send('event: po')
  await settled()
  expect(pokes()).toBe(1)
  streams[0]?.send('ke\ndata: {"cursor":"2"}\n\n')
  await settled()
  expect(pokes()).toBe(2)
})

test('hiding lets go of the stream and of the lock, and coming back takes both again', async () => {
  const { streams, fire } = listen()
  await settled()
  fire('hidden')
  await settled()
  expect(streams[0]?.isAborted()).toBe(true)
  fire('visible')
  await settled()
  expect(streams).toHaveLength(2)
})

test('of two visible pages one listens; the other takes over when it goes', async () => {
  const [cloud, locks] = [createCloud(), createLocalLocks()]
  const first = listen({ cloud, locks })
  listen({ cloud, locks })
  await settled()
  expect(cloud.streams).toHaveLength(1)
  first.fire('pagehide')
  await settled()
  expect(cloud.streams).toHaveLength(2)
})

test('a stream that ends is opened again, later and later while it keeps failing', async () => {
  const { streams, clock } = listen()
  await settled()
  streams[0]?.end()
  await clock.advance(2_000)
  expect(streams).toHaveLength(2)
})

test('a stream that falls silent is taken for dead', async () => {
  const { streams, clock } = listen()
  await settled()
  await clock.advance(89_000)
  expect(streams).toHaveLength(1)
  await clock.advance(3_500)
  expect(streams[0]?.isAborted()).toBe(true)
  expect(streams).toHaveLength(2)
})

test.each([
  ['has no events', () => new Response('', { status: 404 })],
  ['answers index.html', () => new Response('<!doctype html>', { headers: { 'content-type': 'text/html' } })],
])('a cloud that %s is asked every 30 s while the page is visible', async (_name, answer) => {
  const cloud = createCloud()
  cloud.refuse(answer)
  const { clock, pokes, fire } = listen({ cloud })
  await clock.advance(95_000)
  expect(pokes()).toBe(3)
  fire('hidden')
  await clock.advance(95_000)
  expect(pokes()).toBe(3)
})

test('while the cloud is down it is asked every 30 s at most, and heard again when it is back', async () => {
  const cloud = createCloud()
  cloud.refuse(() => {
    throw new TypeError('down')
  })
  const { clock, pokes } = listen({ cloud })
  await clock.advance(300_000)
  expect(pokes()).toBeLessThanOrEqual(10)
  cloud.refuse(undefined)
  await clock.advance(60_000)
  expect(cloud.streams).toHaveLength(1)
})

test('stopping leaves no timer', async () => {
  const { clock, stop, streams } = listen()
  await settled()
  stop()
  await settled()
  expect(streams[0]?.isAborted()).toBe(true)
  expect(clock.pendingTimers()).toBe(0)
})

test('a poke names its project; what is not an id is nobody', async () => {
  const { streams, poked } = listen()
  await settled()
  const send = (data: string) => streams[0]?.send(`event: poke\ndata: ${data}\n\n`)
  send('{"projectId":"notes","cursor":"1"}')
  send('{"projectId":"')
  send('{"projectId":{"__proto__":1}}')
  send(`{"projectId":"${'x'.repeat(300)}"}`)
  send('null')
  streams[0]?.send('data: {"projectId":"other"}\n\n')
  await settled()
  expect(poked).toEqual(['notes', undefined, undefined, undefined, undefined])
})

test('a line without an end is cut, and the next poke is heard', async () => {
  const { streams, poked } = listen()
  await settled()
  for (let n = 0; n < 50; n++) streams[0]?.send('x'.repeat(1_000))
  streams[0]?.send('\n\nevent: poke\r\ndata: {"projectId":"notes"}\r\n\r\n')
  await settled()
  expect(poked).toEqual(['notes'])
})

test('one stream tells of the whole account', async () => {
  const { urls } = listen()
  await settled()
  expect(urls).toEqual([OF_ACCOUNT])
})

test.each([400, 404])('a cloud that answers %i to that is heard for the default project', async (status) => {
  const cloud = createCloud()
  cloud.refuse((url) => (url === OF_ACCOUNT ? new Response('', { status }) : undefined))
  const { urls, streams, poked, clock } = listen({ cloud })
  await settled()
  expect(urls).toEqual([OF_ACCOUNT, OF_PROJECT])
  streams[0]?.send('event: poke\ndata: {"cursor":"1"}\n\n')
  await settled()
  expect(poked).toEqual([undefined])
  streams[0]?.end()
  await clock.advance(2_000)
  expect(urls).toEqual([OF_ACCOUNT, OF_PROJECT, OF_PROJECT])
})

test('a page that asks for days keeps nothing of the pauses between', async () => {
  let listeners = 0
  const counted = (signal: AbortSignal): AbortSignal => {
    const { addEventListener, removeEventListener } = signal
    signal.addEventListener = (...added: Parameters<typeof addEventListener>) => {
      listeners++
      addEventListener.apply(signal, added)
    }
    signal.removeEventListener = (...removed: Parameters<typeof removeEventListener>) => {
      listeners--
      removeEventListener.apply(signal, removed)
    }
    return signal
  }
  const local = createLocalLocks()
  const locks: typeof local = {
    ...local,
    hold: (name, options, work) =>
      local.hold(name, options.signal ? { ...options, signal: counted(options.signal) } : options, work),
  }
  const cloud = createCloud()
  cloud.refuse(() => new Response(null, { status: 404 }))
  const { clock, pokes } = listen({ cloud, locks })
  await settled()
  const atFirst = listeners
  for (let minute = 0; minute < 5; minute++) await clock.advance(60_000)
  expect(pokes()).toBeGreaterThan(5)
  expect(listeners).toBe(atFirst)
})
