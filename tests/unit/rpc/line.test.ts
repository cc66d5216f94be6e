import { expect, test } from 'vitest'
import { createWorkerLines } from '../../../src/rpc/worker-lines.ts'
import { createPageAndWorker } from './fake-worker.ts'

type Post = { readonly message?: { readonly id: string }; readonly awake?: string; readonly asks?: true }

test('after the first answer calls go over a line, and after a pause a small event beside one keeps the worker awake', async () => {
  const { call, clock, posts, linePosts, waits } = createPageAndWorker()
  await call('echo', 1)
  expect(linePosts).toEqual([])
  await expect(call('echo', 2)).resolves.toBe(2)
  expect(posts).toHaveLength(1)
  await clock.advance(5_000)
  await expect(call('echo', 3)).resolves.toBe(3)
  const [, late] = linePosts as Post[]
  expect(late?.message?.id).toBeTypeOf('string')
  expect(posts).toMatchObject([{ message: {} }, { channel: 'chatkeep/1', awake: late?.message?.id }])
  expect(posts[1]).not.toHaveProperty('message')
  await expect(call('echo', 4)).resolves.toBe(4)
  expect(posts).toHaveLength(2)
  await Promise.all(waits)
})

test('a clock that was set back does not let the worker fall asleep', async () => {
  const { call, clock, posts } = createPageAndWorker()
  await call('echo', 1)
  clock.set(0)
  await expect(call('echo', 2)).resolves.toBe(2)
  expect(posts).toHaveLength(2)
})

test('an event beside a call that still runs keeps the worker alive until it is answered', async () => {
  let finish = () => {}
  const { call, clock, waits } = createPageAndWorker(async ({ method }) => {
    if (method === 'slow') await new Promise<void>((resolve) => (finish = resolve))
    return method
  })
  await call('echo')
  const slow = call('slow')
  await clock.advance(24)
  expect(waits).toHaveLength(1)
  await clock.advance(1)
  let isOver = false
  const last = waits.at(-1)?.then(() => {
    isOver = true
  })
  await clock.advance(1)
  expect([waits.length, isOver]).toEqual([2, false])
  finish()
  await expect(slow).resolves.toBe('slow')
  await last
})

test('calls over the line of a worker that is gone reach the next one at once, and run once', async () => {
  const runs: unknown[] = []
  const { call, kill, clock } = createPageAndWorker(async ({ argument }) => {
    runs.push(argument)
    return argument
  })
  await call('echo', 'first')
  kill()
  const both = Promise.all([call('echo', 'second'), call('echo', 'third')])
  await clock.advance(25)
  await expect(both).resolves.toEqual(['second', 'third'])
  await expect(call('echo', 'fourth')).resolves.toBe('fourth')
  expect(runs).toEqual(['first', 'second', 'third', 'fourth'])
})

test('a long call over the line is asked for by its id, and its argument is not sent again', async () => {
  let finish = () => {}
  const { call, clock, posts, linePosts } = createPageAndWorker(async ({ method }) => {
    if (method === 'slow') await new Promise<void>((resolve) => (finish = resolve))
    return method
  })
  await call('echo')
  const slow = call('slow', { text: 'a large argument' })
  await clock.advance(30_000)
  finish()
  await expect(slow).resolves.toBe('slow')
  expect(linePosts).toHaveLength(1)
  const questions = (posts as Post[]).filter(({ asks }) => asks === true)
  expect(questions.length).toBeGreaterThan(4)
  expect(JSON.stringify(posts)).not.toContain('large')
})

test('an answer that was lost on the line is asked for and given again', async () => {
  let runs = 0
  const { call, clock, dropAnswers } = createPageAndWorker(async () => ({ run: ++runs }))
  await call('echo')
  dropAnswers(true)
  const lost = call('append')
  await clock.advance(500)
  dropAnswers(false)
  await clock.advance(600)
  await expect(lost).resolves.toEqual({ run: 2 })
  expect(runs).toBe(2)
})

test('a call that was lost on the line is sent again as an event', async () => {
  let runs = 0
  const { call, clock, dropMessages } = createPageAndWorker(async () => ({ run: ++runs }))
  await call('echo')
  dropMessages(true)
  const lost = call('append')
  await clock.advance(500)
  dropMessages(false)
  await clock.advance(600)
  await expect(lost).resolves.toEqual({ run: 2 })
})

test('of more than a hundred lines the oldest is given up', () => {
  const closed: string[] = []
  const lines = createWorkerLines(() => {})
  const page = { id: 'page', type: 'window', postMessage: () => {} }
  for (let index = 0; index < 101; index++) {
    const line = {
      onmessage: null,
      postMessage: () => {},
      close: () => void closed.push(`line ${index}`),
    }
    lines.adopt(line, page)
  }
  expect(closed).toEqual(['line 0'])
})
