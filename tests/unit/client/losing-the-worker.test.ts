import { expect, test } from 'vitest'
import { settled } from '../rpc/fake-clock.ts'
import { createClientPage as createPage } from './client-page.ts'
import { failure } from './fake-engine.ts'

const message = { id: 'm1', role: 'user', content: 'hello' }

test('a save whose worker is lost is made by the engine in the page, as the same act', async () => {
  const { client, worker, inPage, events, configured } = await createPage()
  worker.lose()
  await client.appendMessages('c1', [message])
  const [lost] = worker.callsOf('appendMessages')
  const [made] = inPage.callsOf('appendMessages')
  expect(made).toEqual(lost)
  expect(made?.argument.mutationId).toMatch(/^[\w-]{22}$/)
  expect(client.status).toMatchObject({ rung: 'page+indexeddb', degraded: { code: 'rpc/unreachable' } })
  expect(events).toMatchObject([{ type: 'rungChanged', rung: 'page+indexeddb' }])
  expect(configured()).toBe(1)
  await settled()
  expect(worker.isClosed()).toBe(true)
})

test('many calls that lose their worker together fall once, and each is made once', async () => {
  const { client, worker, inPage } = await createPage()
  worker.lose()
  await Promise.all(
    Array.from({ length: 20 }, (_, n) => client.appendMessages('c1', [{ ...message, id: `m${n}` }])),
  )
  expect(inPage.callsOf('openSession')).toHaveLength(1)
  expect(inPage.callsOf('appendMessages')).toHaveLength(20)
  expect(new Set(inPage.callsOf('appendMessages').map(({ argument }) => argument.mutationId)).size).toBe(20)
})

test('subscribers are told to read again after the fall', async () => {
  const { client, worker } = await createPage()
  const heard: unknown[] = []
  client.subscribe((change) => heard.push(change))
  worker.lose()
  await client.appendMessages('c1', [message])
  expect(heard).toContainEqual({ all: true })
})

test('an error that is no loss stays an error', async () => {
  const { client, inPage } = await createPage({
    appendMessages: () => Promise.reject(failure('storage/quota')),
  })
  await expect(client.appendMessages('c1', [message])).rejects.toMatchObject({ code: 'storage/quota' })
  expect(inPage.calls).toEqual([])
})

test('a save wakes the queue once for a burst, and not while nothing is queued', async () => {
  const { client, worker, clock } = await createPage()
  await Promise.all([1, 2, 3].map((n) => client.appendMessages('c1', [{ ...message, id: `m${n}` }])))
  await clock.advance(60)
  expect(worker.callsOf('wake').map(({ argument }) => argument)).toEqual([{ reason: 'save' }])
})

test('without a broadcast a page tells its own subscribers of its own saves', async () => {
  const { client } = await createPage({}, { acrossContexts: false })
  const heard: unknown[] = []
  client.subscribe((change) => heard.push(change))
  await client.appendMessages('c1', [message])
  expect(heard).toEqual([{ all: true }])
})

test('a page hears changes of its own database only, and reads again when it comes back into view', async () => {
  const { client, events: _events, fire, environment } = await createPage()
  const heard: unknown[] = []
  client.subscribe((change) => heard.push(change))
  const change = { conversationId: 'c1', projectId: 'docs', revision: 2 }
  environment.events.publish({ type: 'conversationChanged', database: 'db', ...change })
  environment.events.publish({ type: 'conversationChanged', database: 'other', ...change })
  fire('visible')
  expect(heard).toEqual([change, { all: true }])
})

test('closing leaves no listener and no timer', async () => {
  const { client, clock, listenerCount, worker } = await createPage()
  await client.appendMessages('c1', [message])
  await client.close()
  await settled()
  expect(listenerCount()).toBe(0)
  expect(clock.pendingTimers()).toBe(0)
  expect(worker.isClosed()).toBe(true)
})

test('status stays the same object until something changes', async () => {
  const { client, core } = await createPage()
  await core.readStatus()
  const before = client.status
  await core.readStatus()
  expect(client.status).toBe(before)
})

test('pokes of several projects wake the engine for each, at once, and the earliest due time counts', async () => {
  const dueByProject: Record<string, number> = { a: 1_090_000, b: 1_030_000 }
  const { core, clock, worker } = await createPage({
    wake: ({ projectId }) => ({ dueAt: dueByProject[projectId] ?? null }),
  })
  for (const projectId of ['a', 'b']) core.wakeUps?.poked(projectId)
  await clock.advance(150)
  expect(worker.callsOf('wake').map(({ argument }) => argument)).toEqual([
    { reason: 'poke', projectId: 'a' },
    { reason: 'poke', projectId: 'b' },
  ])
  await clock.advance(30_000)
  expect(worker.callsOf('wake').at(-1)?.argument).toEqual({ reason: 'timer' })
})
