import { expect, test } from 'vitest'
import { type Engine, land, type Step } from '../../../src/client/ladder.ts'
import { createRetryingCaller } from '../../../src/client/retrying-caller.ts'
import { createFakeClock } from '../rpc/fake-clock.ts'
import { createFakeEngine, failingStep, failure } from './fake-engine.ts'

test('lands on the best rung, and is not degraded', async () => {
  const [worker, page] = [createFakeEngine('worker+indexeddb'), createFakeEngine('page+indexeddb')]
  const landing = await land([worker.step, page.step], 'db', createFakeClock())
  expect(landing).toMatchObject({ engine: worker.engine, session: { database: 'db' }, degraded: null })
  expect(page.calls).toEqual([])
})

test('passes over what this browser does not offer, and says why and what to do', async () => {
  const page = createFakeEngine('page+indexeddb')
  const { engine, degraded } = await land(
    [failingStep('worker+indexeddb', 'worker/foreign'), page.step],
    'db',
    createFakeClock(),
  )
  expect(engine.rung).toBe('page+indexeddb')
  expect(degraded).toMatchObject({
    code: 'worker/foreign',
    remedy: expect.stringContaining('installChatkeep'),
  })
})

test('tells the failure of the nearest better rung, and all that was tried', async () => {
  const memory = createFakeEngine('memory')
  const steps = [
    failingStep('worker+indexeddb', 'worker/unavailable'),
    failingStep('page+indexeddb', 'storage/unavailable'),
    failingStep('page+local-storage', 'storage/unavailable'),
    memory.step,
  ]
  const { degraded } = await land(steps, 'db', createFakeClock())
  expect(degraded).toMatchObject({
    code: 'storage/unavailable',
    details: {
      tried: [
        { rung: 'worker+indexeddb', code: 'worker/unavailable' },
        { rung: 'page+indexeddb', code: 'storage/unavailable' },
        { rung: 'page+local-storage', code: 'storage/unavailable' },
      ],
    },
  })
})

test.each([
  ['does not open a session', { openSession: () => Promise.reject(failure('storage/unavailable')) }],
  ['refuses a write', { setSetting: () => Promise.reject(failure('storage/connection-lost')) }],
  ['forgets what was written', { getSetting: () => ({ value: undefined }) }],
])('passes over a store that %s, and closes it', async (_name, answers) => {
  const [broken, memory] = [createFakeEngine('page+indexeddb', answers), createFakeEngine('memory')]
  const { engine } = await land([broken.step, memory.step], 'db', createFakeClock())
  expect(engine.rung).toBe('memory')
  expect(broken.isClosed()).toBe(true)
})

test.each(['storage/quota', 'storage/read-only'] as const)(
  'stays on a store whose write fails as %s: what it holds is read there',
  async (code) => {
    const full = createFakeEngine('page+indexeddb', { setSetting: () => Promise.reject(failure(code)) })
    const { engine } = await land([full.step, createFakeEngine('memory').step], 'db', createFakeClock())
    expect(engine.rung).toBe('page+indexeddb')
  },
)

test('a rung that hangs is passed over in time, and closed when it comes too late', async () => {
  const clock = createFakeClock()
  const late = createFakeEngine('worker+indexeddb')
  let begin = (_engine: Engine) => {}
  const hanging: Step = { rung: 'worker+indexeddb', start: () => new Promise((resolve) => (begin = resolve)) }
  const landing = land([hanging, createFakeEngine('memory').step], 'db', clock)
  await clock.advance(12_000)
  expect((await landing).engine.rung).toBe('memory')
  begin(late.engine)
  await clock.advance(1)
  expect(late.isClosed()).toBe(true)
})

test('a store that hangs is passed over in time', async () => {
  const clock = createFakeClock()
  const hanging = createFakeEngine('page+indexeddb', { setSetting: () => new Promise(() => {}) })
  const landing = land([hanging.step, createFakeEngine('memory').step], 'db', clock)
  await clock.advance(12_000)
  expect((await landing).engine.rung).toBe('memory')
})

test('without any engine a client is still there, saves nothing, and says when one can be loaded', async () => {
  let isOnline = false
  const caller = createRetryingCaller(async () => {
    if (!isOnline) throw failure('storage/unavailable')
  })
  const step: Step = {
    rung: 'memory',
    start: async () => ({ rung: 'memory', caller, isProvisional: true, close: async () => {} }),
  }
  const { session } = await land(
    [failingStep('page+indexeddb', 'storage/unavailable'), step],
    'db',
    createFakeClock(),
  )
  const append = () =>
    caller.call({ database: session.database, method: 'appendMessages', argument: { conversationId: 'c' } })
  await expect(append()).rejects.toMatchObject({ code: 'storage/unavailable' })
  isOnline = true
  await expect(append()).rejects.toMatchObject({ code: 'rpc/unreachable' })
})
