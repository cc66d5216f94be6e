import { expect, test } from 'vitest'
import { ChatkeepError } from '../../../src/domain/errors.ts'
import { settled } from './fake-clock.ts'
import { createPageAndWorker } from './fake-worker.ts'

/** Settles to the value or the code, and tells which has happened so far. */
function watched(promise: Promise<unknown>) {
  const seen: { value?: unknown; code?: string } = {}
  promise.then(
    (value) => Object.assign(seen, { value }),
    (error: ChatkeepError) => Object.assign(seen, { code: error.code, error }),
  )
  return seen
}

test('a call reaches the worker with its database and its argument, and its result comes back', async () => {
  const heard: unknown[] = []
  const { call, waits } = createPageAndWorker(async (received) => {
    heard.push(received)
    return { echoed: received.argument }
  })
  await expect(call('echo', { text: 'hello 👋' })).resolves.toEqual({ echoed: { text: 'hello 👋' } })
  expect(heard).toEqual([{ database: 'db', method: 'echo', argument: { text: 'hello 👋' } }])
  await Promise.all(waits) // What keeps the worker alive ends with the answer.
  expect(waits).toHaveLength(1)
})

test('an error keeps its code, whether it can be retried, and its details', async () => {
  const { call } = createPageAndWorker(async () => {
    throw new ChatkeepError('storage/quota', 'The disk is full.', {
      retryable: true,
      details: { neededBytes: 5 },
    })
  })
  const error = await call('append').catch((reason: unknown) => reason)
  expect(error).toBeInstanceOf(ChatkeepError)
  expect(error).toMatchObject({ code: 'storage/quota', retryable: true, details: { neededBytes: 5 } })
})

test('a result that cannot be cloned is an error and not a call that hangs', async () => {
  const { call } = createPageAndWorker(async () => ({ broken: () => {} }))
  await expect(call('echo')).rejects.toMatchObject({ code: 'internal' })
})

test('an argument that cannot be cloned is refused before it is sent', async () => {
  const { call, posts } = createPageAndWorker()
  await expect(call('echo', { callback: () => {} })).rejects.toMatchObject({ code: 'input/invalid' })
  await expect(call('echo', { when: new Date(0) })).rejects.toMatchObject({ code: 'input/invalid' })
  expect(posts).toEqual([])
})

test('what is no plain data is told with its path', async () => {
  const { call } = createPageAndWorker()
  const messages = [{ id: 'm1', metadata: { when: new Date(0) } }]
  await expect(call('echo', { messages })).rejects.toMatchObject({
    code: 'input/invalid',
    details: { path: 'messages[0].metadata.when' },
  })
  await expect(call('echo', { callback: () => {} })).rejects.toMatchObject({ details: { path: 'callback' } })
  await expect(call('echo', new Map())).rejects.toMatchObject({ details: { path: 'the argument' } })
})

test('an argument beyond 32 MB is refused before it is sent', async () => {
  const { call, posts } = createPageAndWorker()
  const argument = { text: 'x'.repeat(33 * 1024 * 1024) }
  await expect(call('echo', argument)).rejects.toMatchObject({ code: 'input/too-large' })
  expect(posts).toEqual([])
})

test('a call whose message was lost is sent again under the same id', async () => {
  const { call, clock, dropMessages, posts } = createPageAndWorker()
  dropMessages(true)
  const seen = watched(call('echo', { n: 1 }))
  await clock.advance(900)
  dropMessages(false)
  expect(seen).toEqual({})
  await clock.advance(200)
  expect(seen.value).toEqual({ n: 1 })
  expect(new Set(posts.map((post) => (post as { message: { id: string } }).message.id)).size).toBe(1)
})

test('a call whose answer was lost gets it from the worker again without running twice', async () => {
  let runs = 0
  const { call, clock, dropAnswers } = createPageAndWorker(async () => ({ run: ++runs }))
  dropAnswers(true)
  const seen = watched(call('append'))
  await clock.advance(500)
  dropAnswers(false)
  await clock.advance(600)
  expect(seen.value).toEqual({ run: 1 })
  expect(runs).toBe(1)
})

test('a resend of a running call joins it, and a long call is not given up while the worker says it runs', async () => {
  let runs = 0
  let finish = () => {}
  const { call, clock } = createPageAndWorker(async () => {
    runs += 1
    await new Promise<void>((resolve) => {
      finish = resolve
    })
    return 'done'
  })
  const seen = watched(call('slow'))
  await clock.advance(60_000)
  expect(seen).toEqual({})
  finish()
  await clock.advance(1)
  expect(seen.value).toBe('done')
  expect(runs).toBe(1)
})

test('a call that runs beyond its deadline ends as rpc/timeout', async () => {
  const { call, clock } = createPageAndWorker(() => new Promise(() => {}))
  const seen = watched(call('slow'))
  await clock.advance(120_001)
  expect(seen.code).toBe('rpc/timeout')
})

test('a call into silence ends as rpc/unreachable after four tries', async () => {
  const { call, clock, dropMessages, posts } = createPageAndWorker()
  dropMessages(true)
  const seen = watched(call('echo'))
  await clock.advance(14_900)
  expect(seen).toEqual({})
  await clock.advance(200)
  expect(seen.code).toBe('rpc/unreachable')
  expect(posts).toHaveLength(4)
})

test('a worker that is absent for a moment is waited for', async () => {
  const { clock, call, dropMessages } = createPageAndWorker()
  dropMessages(true)
  const seen = watched(call('echo', { n: 2 }))
  await clock.advance(6_000)
  dropMessages(false)
  await clock.advance(1_100)
  expect(seen.value).toEqual({ n: 2 })
})

test.each(['before', 'during', 'after'] as const)(
  'a worker killed %s the work runs the call again',
  async (moment) => {
    const effects = new Map<string, number>()
    let isFirst = true
    const setup = createPageAndWorker(async ({ argument }) => {
      const { mutationId } = argument as { mutationId: string }
      if (isFirst && moment === 'during') {
        isFirst = false
        setup.kill()
        return new Promise(() => {})
      }
      if (!effects.has(mutationId)) effects.set(mutationId, effects.size + 1)
      if (isFirst && moment === 'after') {
        isFirst = false
        setup.kill()
      }
      return { effect: effects.get(mutationId) }
    })
    const seen = watched(setup.call('append', { mutationId: 'm1' }))
    if (moment === 'before') setup.kill()
    await setup.clock.advance(20_000)
    expect(seen.value).toEqual({ effect: 1 })
    expect(effects.size).toBe(1)
  },
)

test('a death that is noticed is answered at once, not after the timeout', async () => {
  let isStuck = false
  const setup = createPageAndWorker(async ({ argument }) => (isStuck ? new Promise(() => {}) : argument))
  await setup.call('echo') // Learns the boot id.
  isStuck = true
  const seen = watched(setup.call('echo', { n: 3 }))
  await setup.clock.advance(400)
  isStuck = false
  setup.kill({ isNoticed: true })
  await settled()
  expect(seen.value).toEqual({ n: 3 })
})

test('a lock that is granted though its worker lives is believed once only', async () => {
  const setup = createPageAndWorker(() => new Promise(() => {}))
  watched(setup.call('slow'))
  await setup.clock.advance(2_000)
  const postsBefore = setup.posts.length
  setup.kill({ isNoticed: true })
  await setup.clock.advance(2_000)
  expect(setup.posts.length - postsBefore).toBeLessThan(5)
})

test('a new worker that takes over is sent what is in flight', async () => {
  let isStuck = true
  const setup = createPageAndWorker(async ({ argument }) => (isStuck ? new Promise(() => {}) : argument))
  const seen = watched(setup.call('echo', { n: 4 }))
  await settled()
  isStuck = false
  setup.takeOver()
  await settled()
  expect(seen.value).toEqual({ n: 4 })
})

test('400 calls with 20 kills all settle with their own result', async () => {
  const setup = createPageAndWorker(async ({ argument }) => argument)
  const results: Promise<unknown>[] = []
  for (let n = 0; n < 400; n++) {
    results.push(setup.call('echo', { n }))
    if (n % 20 === 10) {
      await settled()
      setup.kill({ isNoticed: n % 40 === 10 })
    }
  }
  await setup.clock.advance(30_000)
  expect(await Promise.all(results)).toEqual(Array.from({ length: 400 }, (_, n) => ({ n })))
})

test('closing settles what is in flight and leaves no timer', async () => {
  const { call, clock, endpoint } = createPageAndWorker(() => new Promise(() => {}))
  const seen = watched(call('slow'))
  await settled()
  endpoint.close()
  await settled()
  expect(seen.code).toBe('rpc/unreachable')
  expect(clock.pendingTimers()).toBe(0)
})
