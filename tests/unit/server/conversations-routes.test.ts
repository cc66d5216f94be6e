import { Hono } from 'hono'
import * as v from 'valibot'
import { describe, expect, test } from 'vitest'
import {
  conversationAnswerSchema,
  deltaSchema,
  limitsSchema,
  listAnswerSchema,
  postAnswerSchema,
  problemSchema,
  sessionAnswerSchema,
} from '../../../src/domain/wire.ts'
import { aMessage, aMessageValue, anId, aPurge, aServer, aSet, aStub } from './builders.ts'

describe('operations', () => {
  test('come back whole to every device of the account', async () => {
    const server = await aServer()
    const operations = [aMessage('c', 'a'), aSet('c', 'title', 'Name'), aMessage('d', 'b')]
    const answer = await server.post('anna', operations)
    expect(answer.status).toBe(200)
    expect(answer.headers.get('Cache-Control')).toBe('no-store')
    const posted = v.parse(postAnswerSchema, await answer.json())
    expect(posted).toMatchObject({ accepted: operations.map(({ id }) => id), held: [], rejected: [] })
    const delta = v.parse(deltaSchema, await server.delta('anna'))
    expect(delta).toEqual({ operations, purges: [], cursor: posted.head, more: false })
  })

  test('are held when the client has them already', async () => {
    const server = await aServer()
    const operation = aMessage('c', 'a')
    const { head } = await (await server.post('anna', [operation])).json()
    expect(await (await server.post('anna', [operation], head)).json()).toMatchObject({
      held: [operation.id],
    })
  })

  test('that are too large are refused alone, and the others are stored', async () => {
    const server = await aServer({ limits: { maxOperationBytes: 2_000 } })
    const large = aMessage(
      'c',
      'large',
      {},
      aMessageValue('large', { message: { id: 'large', role: 'user', content: 'é'.repeat(1_000) } }),
    )
    const small = aMessage('c', 'small')
    const answer = await (await server.post('anna', [large, small])).json()
    expect(answer).toMatchObject({
      accepted: [small.id],
      rejected: [{ id: large.id, code: 'sync/too-large' }],
    })
    expect((await server.delta('anna')).operations).toEqual([small])
  })

  test('with a cursor of another log are not stored', async () => {
    const server = await aServer()
    await server.post('anna', [aMessage('c', 'a')])
    const answer = await server.post('anna', [aMessage('c', 'b')], 'other.1.0000000000000000')
    expect(answer.status).toBe(410)
    expect(v.parse(problemSchema, await answer.json()).code).toBe('sync/gone')
    expect((await server.delta('anna')).operations).toHaveLength(1)
    expect(
      (await server.ask('anna', 'GET', '/conversations?projectId=p&cursor=x.9.0000000000000000')).status,
    ).toBe(410)
    expect((await server.ask('anna', 'GET', '/conversations/c?cursor=x.9.0000000000000000')).status).toBe(410)
  })

  test('that stand in one request twice are acknowledged once', async () => {
    const server = await aServer()
    const operation = aMessage('c', 'a')
    expect((await (await server.post('anna', [operation, operation])).json()).accepted).toEqual([
      operation.id,
    ])
  })

  test('go out in pages', async () => {
    const server = await aServer()
    await server.post(
      'anna',
      Array.from({ length: 5 }, (_, index) => aMessage('c', `m${index}`)),
    )
    const page = await server.delta('anna', '0', 'p', '&limit=2')
    expect(page).toMatchObject({ more: true, operations: { length: 2 } })
    expect(await server.delta('anna', page.cursor)).toMatchObject({ more: false, operations: { length: 3 } })
  })

  test('purged by one device are stubs for the others', async () => {
    const server = await aServer()
    const operation = aMessage('c', 'a')
    const purge = aPurge('c', [operation.id])
    await server.post('anna', [operation])
    await server.post('anna', [purge])
    expect(await server.delta('anna')).toMatchObject({ operations: [aStub(operation)], purges: [purge] })
  })
})

describe('the list', () => {
  test('shows what a client shows, newest first', async () => {
    const server = await aServer()
    const question = aMessage('c', 'q', {}, aMessageValue('q', { createdAt: 1_000 }))
    const answer = aMessage(
      'c',
      'r',
      {},
      aMessageValue('r', { createdAt: 2_000, message: { id: 'r', role: 'assistant', content: 'Because.' } }),
    )
    const removed = aMessage('c', 'x', {}, { parentId: null, born: 5, removed: true })
    await server.post('anna', [
      question,
      answer,
      removed,
      aSet('c', 'archived', true),
      aSet('c', 'tag:b', true),
      aSet('c', 'tag:a', true),
      aSet('c', 'tag:gone', null),
    ])
    await server.post('anna', [aSet('empty', 'title', 'Empty', { stamp: 1_500 })])
    const list = v.parse(listAnswerSchema, await server.list('anna'))
    expect(list.conversations).toEqual([
      {
        id: 'c',
        projectId: 'p',
        title: 'text of q',
        messageCount: 2,
        lastMessage: 'Because.',
        createdAt: 1_000,
        updatedAt: 2_000,
        archived: true,
        pinned: false,
        trashed: false,
        tags: ['a', 'b'],
      },
      {
        id: 'empty',
        projectId: 'p',
        title: 'Empty',
        messageCount: 0,
        createdAt: 1_500,
        updatedAt: 1_500,
        archived: false,
        pinned: false,
        trashed: false,
        tags: [],
      },
    ])
  })

  test('is not sent again while nothing changes', async () => {
    const server = await aServer()
    await server.post('anna', [aMessage('c', 'a')])
    const first = await server.ask('anna', 'GET', '/conversations?projectId=p')
    const etag = first.headers.get('ETag') ?? ''
    const again = await server.ask('anna', 'GET', '/conversations?projectId=p', undefined, {
      'If-None-Match': etag,
    })
    expect([again.status, await again.text()]).toEqual([304, ''])
    await server.post('anna', [aMessage('c', 'b')])
    const changed = await server.ask('anna', 'GET', '/conversations?projectId=p', undefined, {
      'If-None-Match': etag,
    })
    expect(changed.status).toBe(200)
  })

  test('of a project that nobody has written to is empty, with a cursor to post with', async () => {
    const server = await aServer()
    const { cursor, conversations } = await server.list('anna')
    expect(conversations).toEqual([])
    expect((await server.post('anna', [aMessage('c', 'a')], cursor)).status).toBe(200)
  })

  test('leaves out the trash unless it is asked for', async () => {
    const server = await aServer()
    const message = aMessage('c', 'a')
    await server.post('anna', [message, aSet('c', 'trashed', { heads: [message.id] })])
    expect((await server.list('anna')).conversations).toEqual([])
    expect((await server.list('anna', 'p', '&trashed=include')).conversations).toMatchObject([
      { trashed: true },
    ])
  })
})

describe('one conversation', () => {
  test('comes with its operations, its purges and its messages', async () => {
    const server = await aServer()
    const first = aMessage('c', 'a')
    const edit = aMessage('c', 'a', { overwrites: [first.id] })
    const purge = aPurge('c', [anId()])
    const { head } = await (await server.post('anna', [first, edit, purge, aMessage('other', 'z')])).json()
    const answer = await server.ask('anna', 'GET', `/conversations/c?cursor=${head}`)
    const page = v.parse(conversationAnswerSchema, await answer.json())
    expect(page).toMatchObject({ operations: [first, edit], purges: [purge], cursor: head, next: null })
    expect(page.messages).toEqual([(edit.value as { message: unknown }).message])
    const etag = answer.headers.get('ETag') ?? ''
    expect(
      (await server.ask('anna', 'GET', '/conversations/c', undefined, { 'If-None-Match': etag })).status,
    ).toBe(304)
  })

  test('is shown only up to the cursor', async () => {
    const server = await aServer()
    const { head } = await (await server.post('anna', [aMessage('c', 'a')])).json()
    await server.post('anna', [aMessage('c', 'b')])
    const page = await (await server.ask('anna', 'GET', `/conversations/c?cursor=${head}`)).json()
    expect(page.operations).toHaveLength(1)
  })

  test('is purged for ever, and again without effect', async () => {
    const server = await aServer()
    await server.post('anna', [aMessage('c', 'a')])
    expect((await server.ask('anna', 'DELETE', '/conversations/c')).status).toBe(204)
    const { cursor } = await server.delta('anna')
    expect((await server.ask('anna', 'DELETE', '/conversations/c')).status).toBe(204)
    expect((await server.ask('anna', 'DELETE', '/conversations/never')).status).toBe(204)
    expect((await server.delta('anna')).cursor).toBe(cursor)
    expect((await server.ask('anna', 'GET', '/conversations/c')).status).toBe(404)
    expect((await server.list('anna')).conversations).toEqual([])
    expect(JSON.stringify(await server.delta('anna'))).not.toContain('text of a')
  })

  test('is not purged when the caller has not seen its newest state', async () => {
    const server = await aServer()
    await server.post('anna', [aMessage('c', 'a')])
    const etag = (await server.ask('anna', 'GET', '/conversations/c')).headers.get('ETag') ?? ''
    await server.post('anna', [aMessage('c', 'b')])
    const refused = await server.ask('anna', 'DELETE', '/conversations/c', undefined, { 'If-Match': etag })
    expect(refused.status).toBe(412)
    const { current } = await refused.json()
    expect(current.messages).toHaveLength(2)
    const seen = refused.headers.get('ETag') ?? ''
    expect(
      (await server.ask('anna', 'DELETE', '/conversations/c', undefined, { 'If-Match': seen })).status,
    ).toBe(204)
  })
})

describe('the account', () => {
  test('finds its session and its limits', async () => {
    const server = await aServer({ limits: { requestsPerMinute: 7 } })
    const session = await (
      await server.ask('anna', 'GET', '/session', undefined, { 'X-Chatkeep-Account': '' })
    ).json()
    expect(v.parse(sessionAnswerSchema, session)).toEqual({ accountId: 'anna', email: 'anna@example.com' })
    expect(
      v.parse(limitsSchema, await (await server.ask('anna', 'GET', '/limits')).json()).requestsPerMinute,
    ).toBe(7)
  })

  test('sees nothing of another one on any route', async () => {
    const server = await aServer()
    await server.post('anna', [aMessage('c', 'secret')])
    expect((await server.ask('ben', 'GET', '/conversations/c')).status).toBe(404)
    expect((await server.ask('ben', 'GET', '/conversations/c?projectId=p')).status).toBe(404)
    expect((await server.ask('ben', 'DELETE', '/conversations/c')).status).toBe(204)
    expect(await server.delta('ben')).toMatchObject({ operations: [], cursor: '0' })
    expect((await server.list('ben')).conversations).toEqual([])
    expect((await server.ask('anna', 'GET', '/conversations/c')).status).toBe(200)
  })

  test('is told when its own rate is used up, and when to come again', async () => {
    let now = 0
    const server = await aServer({ limits: { requestsPerMinute: 2 }, now: () => now })
    await server.list('anna')
    await server.list('anna')
    const refused = await server.ask('anna', 'GET', '/limits')
    expect([refused.status, refused.headers.get('Retry-After')]).toEqual([429, '60'])
    expect(v.parse(problemSchema, await refused.json())).toMatchObject({
      code: 'sync/too-many-requests',
      retryAfter: 60,
    })
    expect((await server.ask('ben', 'GET', '/limits')).status).toBe(200)
    now = 60_000
    expect((await server.ask('anna', 'GET', '/limits')).status).toBe(200)
  })
})

test('health, metrics and the API document tell nothing about anybody', async () => {
  const server = await aServer()
  await server.post('anna', [aMessage('secret-conversation', 'a')])
  await server.ask('anna', 'GET', '/conversations/secret-conversation')
  for (const path of ['/healthz', '/readyz', '/metrics', '/openapi.json']) {
    const answer = await server.app.request(path)
    expect(answer.status).toBe(200)
    expect(await answer.text()).not.toMatch(/secret|anna/)
  }
  const metrics = await (await server.app.request('/metrics')).text()
  expect(metrics).toContain('chatkeep_operations_stored_total 1')
  // The request that asks is the one in flight.
  expect(metrics).toContain('chatkeep_requests_in_flight 1\n')
  expect(metrics).toMatch(/process_resident_memory_bytes \d{7,}/)
  expect(metrics).toContain('route="/api/v1/chat/conversations/:id"')
})

test('the API document names every route and resolves its references', async () => {
  const server = await aServer()
  const text = await (await server.app.request('/openapi.json')).text()
  const document = JSON.parse(text)
  expect(Object.keys(document.paths)).toEqual(
    [
      '/conversations',
      '/conversations/{id}',
      '/events',
      '/limits',
      '/projects',
      '/account',
      '/account/export',
      '/session',
    ].map((path) => `/api/v1/chat${path}`),
  )
  for (const [, name = ''] of text.matchAll(/"#\/components\/schemas\/(\w+)"/g)) {
    expect(document.components.schemas[name]).toBeTypeOf('object')
  }
})

test('a server that closes is not ready any more', async () => {
  const server = await aServer()
  await server.close()
  expect((await server.app.request('/readyz')).status).toBe(503)
})

test('an app that mounts the cloud keeps its own routes as they are', async () => {
  const server = await aServer()
  const app = new Hono()
    .route('/', server.app)
    .post('/api/other', (c) => c.text('mine'))
    .get('/elsewhere', (c) => c.text('mine, too'))
  const form = { method: 'POST', headers: { Origin: 'https://elsewhere.example', Cookie: 'x' }, body: 'a=b' }
  expect(await (await app.request('/api/other', form)).text()).toBe('mine')
  expect(await (await app.request('/elsewhere')).text()).toBe('mine, too')
  expect((await app.request('/api/v1/chat/limits')).status).toBe(401)
})
