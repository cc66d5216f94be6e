import { expect, test } from 'vitest'
import { createWakeUps } from '../../../src/client/wake-ups.ts'
import type { WakeReason } from '../../../src/domain/sync-status.ts'
import { settled } from '../rpc/fake-clock.ts'
import { createFakePage } from './fake-page.ts'

function createQueue(
  answer: (reason: WakeReason) => Promise<{ dueAt: number | null }> = async () => ({ dueAt: null }),
) {
  const page = createFakePage()
  const reasons: WakeReason[] = []
  const projects: (readonly string[])[] = []
  const wakeUps = createWakeUps({
    ...page,
    wake(reason, projectIds) {
      reasons.push(reason)
      projects.push(projectIds)
      return answer(reason)
    },
  })
  return { ...page, wakeUps, reasons, projects }
}

test.each(['online', 'focus', 'pageshow', 'visible'] as const)('%s wakes the queue', async (event) => {
  const { fire, reasons } = createQueue()
  fire(event)
  await settled()
  expect(reasons).toEqual([event])
})

test.each(['hidden', 'freeze', 'pagehide'] as const)('%s does not wake the queue', async (event) => {
  const { fire, reasons } = createQueue()
  fire(event)
  await settled()
  expect(reasons).toEqual([])
})

test("what falls due later is woken for by the page's timer, again and again", async () => {
  const { clock, wakeUps, reasons } = createQueue(async () => ({ dueAt: clock.now() + 40_000 }))
  await wakeUps.run('start')
  await clock.advance(39_000)
  expect(reasons).toEqual(['start'])
  await clock.advance(1_000)
  expect(reasons).toEqual(['start', 'timer'])
  await clock.advance(40_000)
  expect(reasons).toEqual(['start', 'timer', 'timer'])
})

test('a wake-up replaces the timer of the one before', async () => {
  let dueInMs: number | null = 10_000
  const { clock, wakeUps, reasons } = createQueue(async () => ({
    dueAt: dueInMs === null ? null : clock.now() + dueInMs,
  }))
  await wakeUps.run('start')
  dueInMs = null
  await wakeUps.run('online')
  await clock.advance(60_000)
  expect(reasons).toEqual(['start', 'online'])
})

test('an engine that is always due is not asked without pause', async () => {
  const { clock, wakeUps, reasons } = createQueue(async () => ({ dueAt: 0 }))
  await wakeUps.run('start')
  await clock.advance(1_000)
  expect(reasons.length).toBeLessThan(12)
})

test('while a wake-up runs the strongest of what comes is kept, and runs next', async () => {
  let finish = () => {}
  const { wakeUps, reasons, fire, clock } = createQueue(
    () => new Promise((resolve) => (finish = () => resolve({ dueAt: null }))),
  )
  wakeUps.saved()
  await clock.advance(60)
  fire('focus')
  fire('online')
  void wakeUps.run('poke')
  await settled()
  expect(reasons).toEqual(['save'])
  finish()
  await settled()
  expect(reasons).toEqual(['save', 'online'])
  finish()
  await settled()
  expect(reasons).toEqual(['save', 'online'])
})

test('a wake-up that fails is tried again', async () => {
  let fails = true
  const { clock, wakeUps, reasons } = createQueue(async () => {
    if (fails) throw new Error('the engine was lost')
    return { dueAt: null }
  })
  await wakeUps.run('start')
  fails = false
  await clock.advance(5_000)
  expect(reasons).toEqual(['start', 'timer'])
})

test('a burst of pokes is one wake-up for all of their projects', async () => {
  const { clock, wakeUps, reasons, projects } = createQueue()
  for (const projectId of ['a', 'b', 'a', 'c']) wakeUps.poked(projectId)
  await clock.advance(150)
  expect(reasons).toEqual(['poke'])
  expect(projects).toEqual([['a', 'b', 'c']])
  wakeUps.poked('b')
  await clock.advance(150)
  expect(projects.at(-1)).toEqual(['b'])
})

test('a wake-up that fails forgets no project', async () => {
  let fails = true
  const { clock, wakeUps, projects } = createQueue(async () => {
    if (fails) throw new Error('the engine was lost')
    return { dueAt: null }
  })
  wakeUps.poked('a')
  await clock.advance(150)
  fails = false
  await clock.advance(5_000)
  expect(projects).toEqual([['a'], ['a']])
})
