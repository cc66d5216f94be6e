import { expect, test } from 'vitest'
import { createLocalLocks } from '../../../src/browser/locks.ts'
import { type EventStreamParts, listenForPokes } from '../../../src/client/event-stream.ts'
import { settled } from '../rpc/fake-clock.ts'
import { createFakePage } from './fake-page.ts'

type Stream = { send(text: string): void; end(): void; isAborted(): boolean; headers: Record<string, string> }

function createCloud() {
  const streams: Stream[] = []
  let refusal: (() => Response) | undefined
  const fetchEvents = (async (_url: string, init: RequestInit) => {
    if (refusal !== undefined) return refusal()
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
  return { streams, fetchEvents, refuse: (answer: (() => Response) | undefined) => (refusal = answer) }
}

function listen({ page = createFakePage(), cloud = createCloud(), locks = createLocalLocks() } = {}) {
  let pokes = 0
  const parts: EventStreamParts = {
    ...page.environment,
    locks,
    lockName: 'events:db:docs',
    url: 'https://cloud.example/api/v1/chat/events?projectId=docs',
    credentials: 'include',
    headers: async () => ({ 'x-chatkeep-account': 'a' }),
    onPoke: () => void pokes++,
    fetch: cloud.fetchEvents,
  }
  const stop = listenForPokes(parts)
  return { ...page, ...cloud, stop, pokes: () => pokes }
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
