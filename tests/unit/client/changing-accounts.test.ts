import { expect, test } from 'vitest'
import { NO_SYNC } from '../../../src/client/status.ts'
import { settled } from '../rpc/fake-clock.ts'
import { createClientPage as createPage } from './client-page.ts'
import { createFakeEngine, failure } from './fake-engine.ts'

const message = { id: 'm1', role: 'user', content: 'hello' }
const ANONYMOUS = { database: 'db', accountId: null, adoptable: null }
const OF_ADA = { database: 'db:ada', accountId: 'ada', adoptable: null }
const OF_BEN = { database: 'db:ben', accountId: 'ben', adoptable: null }
const WITH_OFFER = { ...OF_ADA, adoptable: { database: 'db', conversationCount: 3 } }

test('what was meant for a closed account is not repeated in another, and the session is read again', async () => {
  const { client, worker, core } = await createPage({
    appendMessages: () => Promise.reject(failure('account/closed')),
    openSession: () => ({ database: 'db:2', accountId: null, adoptable: null }),
    signedIn: () => OF_ADA,
  })
  await client.setAccount('ada')
  await expect(client.appendMessages('c1', [message])).rejects.toMatchObject({ code: 'account/closed' })
  expect(worker.callsOf('appendMessages')).toHaveLength(1)
  expect(core.connection.current().session.database).toBe('db:2')
  expect(client.status.accountId).toBeNull()
})

test.each([
  ['in its own database, where another one signed in meanwhile', 'page+indexeddb', OF_BEN, 'db:ada'],
  ['in its own database, where somebody signed out meanwhile', 'page+indexeddb', ANONYMOUS, 'db:ada'],
  [
    'in its own database, if that is there, on a lesser store of another',
    'page+local-storage',
    OF_BEN,
    'db:ada',
  ],
  ['as nobody’s, on a lesser store that knows nobody', 'memory', ANONYMOUS, 'db'],
  ['in its own database of a lesser store', 'page+local-storage', { ...OF_ADA, database: 'l:ada' }, 'l:ada'],
] as const)(
  'what was meant for an account whose worker is lost is saved %s',
  async (_, rung, session, name) => {
    const next = createFakeEngine(rung, { openSession: () => session })
    const { client, worker } = await createPage({ openSession: () => OF_ADA }, {}, (one) => [one, next.step])
    worker.lose()
    await client.appendMessages('c1', [message])
    expect(next.callsOf('appendMessages').map(({ database }) => database)).toEqual([name])
  },
)

test('what was meant for a database that was adopted is repeated where it moved to', async () => {
  const moved = { movedTo: 'db:a' }
  const { client, worker } = await createPage({
    appendMessages: ({ conversationId }) =>
      worker.callsOf('appendMessages').length === 1
        ? Promise.reject(failure('account/moved', moved))
        : { conversationId, revision: 1, written: [], queued: true },
    openSession: () => ({ database: 'db:a', accountId: 'a', adoptable: null }),
  })
  await client.appendMessages('c1', [message])
  const [first, second] = worker.callsOf('appendMessages')
  expect(second).toEqual({ ...first, database: 'db:a' })
})

test('another tab that signs in moves this page to the account', async () => {
  const { client, environment } = await createPage({ openSession: () => OF_ADA, signedOut: () => ANONYMOUS })
  await client.setAccount(null)
  environment.events.publish({ type: 'accountChanged', database: 'db:ada' })
  await settled()
  expect(client.status.accountId).toBe('ada')
})

test('the status tells nothing of the queue of the account before, not for a moment', async () => {
  const page = await createPage({
    openSession: () => OF_ADA,
    signedIn: () => OF_BEN,
    status: () => ({ ...NO_SYNC, pendingCount: page.worker.calls.at(-1)?.database === 'db:ada' ? 2 : 0 }),
  })
  const { client, core } = page
  await core.readStatus()
  expect(client.status).toMatchObject({ accountId: 'ada', sync: { pendingCount: 2 } })
  const heard: unknown[] = []
  client.onStatus(({ accountId, sync }) => heard.push([accountId, sync.pendingCount]))
  await client.setAccount('ben')
  await settled()
  expect(heard[0]).toEqual(['ben', 0])
  expect(heard).not.toContainEqual(['ben', 2])
})

test.each(['status', 'syncNow'] as const)(
  'what %s answers of an account that has left meanwhile is not told of the next one',
  async (method) => {
    const answers: ((status: object) => void)[] = []
    const page = await createPage({
      openSession: () => OF_ADA,
      signedIn: () => OF_BEN,
      [method]: () =>
        page.worker.calls.at(-1)?.database === 'db:ada'
          ? new Promise((answer) => answers.push(answer))
          : { ...NO_SYNC, attempt: 1 },
    })
    const { client, core } = page
    const heard: unknown[] = []
    client.onStatus(({ accountId, sync }) => heard.push([accountId, sync.pendingCount]))
    const asked = method === 'status' ? core.readStatus() : client.syncNow()
    await client.setAccount('ben')
    for (const answer of answers) answer({ ...NO_SYNC, pendingCount: 2 })
    await asked
    expect(answers).toHaveLength(1)
    expect(client.status).toMatchObject({ accountId: 'ben', sync: { pendingCount: 0 } })
    expect(heard).not.toContainEqual(['ben', 2])
  },
)

test('a page of nobody follows into the account, and its subscribers are told to read again', async () => {
  let session: object = ANONYMOUS
  const { client, environment } = await createPage({ openSession: () => session })
  const heard: unknown[] = []
  client.subscribe((change) => heard.push(change))
  session = OF_ADA
  environment.events.publish({ type: 'accountChanged', database: 'db:ada' })
  await settled()
  expect(client.status.accountId).toBe('ada')
  expect(heard).toContainEqual({ all: true })
})

test('a page of the account reads again when what nobody wrote has moved into it', async () => {
  const { client, environment } = await createPage({ openSession: () => OF_ADA })
  const heard: unknown[] = []
  client.subscribe((change) => heard.push(change))
  environment.events.publish({ type: 'accountChanged', database: 'db' })
  await settled()
  expect(heard).toEqual([{ all: true }])
})

test('conversations that wait for an account are offered until a person answers', async () => {
  const { client, environment, worker } = await createPage({
    openSession: () => WITH_OFFER,
    signedIn: ({ adopt }) => (adopt === true ? OF_ADA : WITH_OFFER),
  })
  await client.setAccount('ada')
  expect(client.status.adoptable).toEqual({ conversationCount: 3 })
  await client.setAccount('ada', { adopt: false })
  environment.events.publish({ type: 'accountChanged', database: 'db:ada' })
  await settled()
  expect(client.status.adoptable).toBeNull()

  await client.setAccount('ada')
  expect(client.status.adoptable).toEqual({ conversationCount: 3 })
  await client.setAccount('ada', { adopt: true })
  expect(client.status.adoptable).toBeNull()
  expect(worker.callsOf('signedIn').map(({ argument }) => argument.adopt)).toEqual([
    undefined,
    false,
    undefined,
    true,
  ])
})

test('an answer that ends after another account signed in is not written into that account', async () => {
  const { client, worker } = await createPage({
    openSession: () => OF_ADA,
    checkpointDraft: () => ({ outcome: 'kept' }),
    finishDraft: () => Promise.reject(failure('account/closed')),
    signedIn: () => ({ ...OF_ADA, database: 'db:bob', accountId: 'bob' }),
  })
  const draft = client.startDraft('c1', { messageId: 'm1' })
  await draft.checkpoint(message)
  await client.setAccount('bob')
  await expect(draft.finish(message)).rejects.toMatchObject({ code: 'account/closed' })
  expect(worker.callsOf('finishDraft').map(({ database }) => database)).toEqual(['db:ada'])
})

test('an answer that ends after its database was adopted is written where that moved to', async () => {
  const { client, worker } = await createPage({
    checkpointDraft: () => ({ outcome: 'kept' }),
    finishDraft: ({ conversationId }) =>
      worker.callsOf('finishDraft').length === 1
        ? Promise.reject(failure('account/moved', { movedTo: 'db:ada' }))
        : { conversationId, revision: 1, written: [], queued: true },
  })
  const draft = client.startDraft('c1', { messageId: 'm1' })
  await draft.checkpoint(message)
  await draft.finish(message)
  expect(worker.callsOf('finishDraft').map(({ database }) => database)).toEqual(['db', 'db:ada'])
})

test('projects are listed by name', async () => {
  const { client } = await createPage({ listProjects: () => ({ projects: ['docs', 'notes'] }) })
  expect(await client.listProjects()).toEqual(['docs', 'notes'])
})
