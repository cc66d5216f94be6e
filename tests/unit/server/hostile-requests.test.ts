import * as v from 'valibot'
import { describe, expect, test } from 'vitest'
import { problemSchema } from '../../../src/domain/wire.ts'
import { aMessage, aMessageValue, anId, aServer, aSet, byConversation } from './builders.ts'

const whole = (operations: unknown, more = {}) => ({
  projectId: 'p',
  cursor: '0',
  conversations: [{ id: 'c', operations }],
  ...more,
})
const good = aMessage('c', 'a')
let deep: unknown = 'bottom'
for (let level = 0; level < 150; level++) deep = [deep]

const malformed: Record<string, unknown> = {
  'no JSON': '{"projectId":',
  'a number': 7,
  null: 'null',
  'a list': [],
  'no fields': {},
  'a project of the wrong type': whole([good], { projectId: 7 }),
  'an empty project name': whole([good], { projectId: '' }),
  'a project name with a control character': whole([good], { projectId: 'a\u0000b' }),
  'a project name that is too long': whole([good], { projectId: 'x'.repeat(201) }),
  'a cursor of the wrong type': whole([good], { cursor: 0 }),
  'a cursor with other characters': whole([good], { cursor: "0' or 1=1 --" }),
  'an unknown field': whole([good], { admin: true }),
  'operations that are no list': whole('all'),
  'an operation that is null': whole([null]),
  'an unknown kind': whole([{ ...good, kind: 'reseal' }]),
  'a foreign id': whole([{ ...good, id: 'not-an-operation-id' }]),
  'a numeric id': whole([{ ...good, id: 1 }]),
  'an operation of another conversation': whole([{ ...good, conversationId: 'd' }]),
  'a negative stamp': whole([{ ...good, stamp: -1 }]),
  'a stamp beyond 2^52': whole([{ ...good, stamp: 2 ** 52 + 1 }]),
  'a fractional stamp': whole([{ ...good, stamp: 1.5 }]),
  'a stamp as text': whole([{ ...good, stamp: '1' }]),
  'a stamp that is infinite': JSON.stringify(whole([good])).replace(`"stamp":${good.stamp}`, '"stamp":1e999'),
  'an empty register': whole([{ ...good, register: '' }]),
  'a register with a control character': whole([{ ...good, register: 'tag:\u0000' }]),
  'a register with half a character': whole([{ ...good, register: 'tag:\ud800' }]),
  'overwrites that are no ids': whole([{ ...good, overwrites: ['x'] }]),
  'too many overwrites': whole([{ ...good, overwrites: Array.from({ length: 1_001 }, anId) }]),
  'a purge of nothing': whole([{ kind: 'purge', id: anId(), conversationId: 'c', names: [] }]),
  'a purge of too much': whole([
    { kind: 'purge', id: anId(), conversationId: 'c', names: Array.from({ length: 1_001 }, anId) },
  ]),
  'a value nested too deeply': whole([{ ...good, value: deep }]),
  'a prototype key': JSON.stringify(whole([good])).replace('"createdAt"', '"__proto__"'),
  'a missing value': whole([{ ...good, value: undefined }]),
  'a message without a role': { projectId: 'p', id: 'c', messages: [{ id: '1' }] },
  'messages that are no list': { projectId: 'p', id: 'c', messages: {} },
  'a plain conversation without a project': { id: 'c', messages: [] },
}

describe('a malformed request', () => {
  for (const [name, body] of Object.entries(malformed)) {
    test(`(${name}) is refused as a whole and changes nothing`, async () => {
      const server = await aServer()
      await server.post('anna', [aMessage('c', 'kept')])
      const before = await server.delta('anna')
      const answer = await server.ask('anna', 'POST', '/conversations', body)
      expect(answer.status).toBe(400)
      expect(answer.headers.get('Content-Type')).toBe('application/problem+json')
      const problem = await answer.json()
      expect(v.parse(problemSchema, problem).code).toBe('input/invalid')
      expect(problem.details.path).toBeTypeOf('string')
      expect(await server.delta('anna')).toEqual(before)
    })
  }
})

test('the refusal of a wrong operation names its place', async () => {
  const server = await aServer()
  const { details } = await (
    await server.ask('anna', 'POST', '/conversations', whole([good, { ...good, stamp: -1 }]))
  ).json()
  expect(details.path).toBe('conversations.0.operations.1.stamp')
})

test('wrong queries are refused by name', async () => {
  const server = await aServer()
  for (const [path, name] of [
    ['/conversations', 'projectId'],
    ['/conversations?projectId=', 'projectId'],
    ['/conversations?projectId=p&cursor=%27', 'cursor'],
    ['/conversations?projectId=p&cursor=', 'cursor'],
    ['/conversations?projectId=p&limit=0', 'limit'],
    ['/conversations?projectId=p&limit=-5', 'limit'],
    ['/conversations?projectId=p&limit=1e3', 'limit'],
    ['/conversations?projectId=p&before=abc', 'before'],
    ['/events?projectId=', 'projectId'],
  ]) {
    const answer = await server.ask('anna', 'GET', path ?? '')
    expect([path, answer.status, (await answer.json()).details.path]).toEqual([path, 400, name])
  }
})

test('ids that nobody could have are not found', async () => {
  const server = await aServer()
  for (const id of ['%00', 'x'.repeat(300), '..%2f..%2fetc', '%ed%a0%80']) {
    expect((await server.ask('anna', 'GET', `/conversations/${id}`)).status).toBe(404)
    expect((await server.ask('anna', 'DELETE', `/conversations/${id}`)).status).toBeOneOf([204, 404])
  }
})

test('an oversize body is refused while it is still coming, whatever its Content-Length says', async () => {
  const server = await aServer({ limits: { maxBodyBytes: 100_000 } })
  let sent = 0
  const endless = new ReadableStream({
    pull(controller) {
      sent += 10_000
      controller.enqueue(new Uint8Array(10_000).fill(32))
    },
  })
  const request = (body: BodyInit, headers = {}) =>
    server.app.request('http://cloud.test/api/v1/chat/conversations', {
      method: 'POST',
      headers: {
        Authorization: 'Bearer anna',
        'X-Chatkeep-Account': 'anna',
        'Content-Type': 'application/json',
        ...headers,
      },
      body,
      duplex: 'half',
    } as RequestInit)
  const answer = await request(endless, { 'Content-Length': '10' })
  expect(answer.status).toBe(413)
  expect(await answer.json()).toMatchObject({
    code: 'sync/too-large',
    details: { limit: 'maxBodyBytes', max: 100_000 },
  })
  expect(sent).toBeLessThan(300_000)
  expect((await request('{}', { 'Content-Length': '200000' })).status).toBe(413)
})

test('a body that is not UTF-8 is refused', async () => {
  const server = await aServer()
  const answer = await server.app.request('http://cloud.test/api/v1/chat/conversations', {
    method: 'POST',
    headers: {
      Authorization: 'Bearer anna',
      'X-Chatkeep-Account': 'anna',
      'Content-Type': 'application/json',
    },
    body: new Uint8Array([0x22, 0xff, 0x22]),
  })
  expect(answer.status).toBe(400)
})

test('too many operations are refused as a whole, naming the limit', async () => {
  const server = await aServer({ limits: { maxOperationsPerRequest: 3 } })
  const answer = await server.post(
    'anna',
    Array.from({ length: 4 }, (_, index) => aMessage('c', `m${index}`)),
  )
  expect(answer.status).toBe(413)
  expect(await answer.json()).toMatchObject({
    code: 'sync/too-large',
    details: { limit: 'maxOperationsPerRequest', max: 3 },
  })
  expect((await server.delta('anna')).operations).toEqual([])
})

test('SQL and script in every text are kept as text', async () => {
  const server = await aServer()
  const evil = `'; drop table log; -- <script>alert(1)</script> $1 ? \${x} %s`
  const operations = [
    aMessage(evil, 'm', { register: `message:${evil}` }, aMessageValue(evil)),
    aSet(evil, 'title', evil),
    aSet(evil, `tag:${evil}`, true),
  ]
  const post = { projectId: evil, cursor: '0', conversations: byConversation(operations) }
  expect((await server.ask(evil.slice(0, 4), 'POST', '/conversations', post)).status).toBe(200)
  const project = encodeURIComponent(evil)
  expect((await server.delta(evil.slice(0, 4), '0', project)).operations).toEqual(operations)
  const list = await server.list(evil.slice(0, 4), project)
  expect(list.conversations).toMatchObject([{ id: evil, projectId: evil, title: evil, tags: [evil] }])
  const one = await server.ask(evil.slice(0, 4), 'GET', `/conversations/${encodeURIComponent(evil)}`)
  expect(one.status).toBe(200)
  expect(one.headers.get('Content-Type')).toBe('application/json')
})

test('requests without a session, or with another account’s header, reach nothing', async () => {
  const server = await aServer()
  await server.post('anna', [aMessage('c', 'a')])
  const before = await server.delta('anna')
  const routes = [
    ['GET', '/conversations?projectId=p'],
    ['GET', '/conversations?projectId=p&cursor=0'],
    ['GET', '/conversations/c'],
    ['DELETE', '/conversations/c'],
    ['GET', '/events?projectId=p'],
  ] as const
  for (const [method, path] of routes) {
    const nobody = await server.app.request(`http://cloud.test/api/v1/chat${path}`, { method })
    expect([path, nobody.status, (await nobody.json()).code]).toEqual([path, 401, 'sync/auth-required'])
    for (const account of ['ben', '']) {
      const other = await server.ask('anna', method, path, undefined, { 'X-Chatkeep-Account': account })
      expect([path, other.status, (await other.json()).code]).toEqual([path, 401, 'sync/wrong-account'])
    }
  }
  const body = whole([aMessage('c', 'b')])
  const other = await server.ask('anna', 'POST', '/conversations', body, { 'X-Chatkeep-Account': 'ben' })
  expect((await other.json()).code).toBe('sync/wrong-account')
  expect(await server.delta('anna')).toEqual(before)
})

describe('with a cookie', () => {
  const cookie = { Authorization: '', Cookie: 'anna' }
  async function send(headers: Record<string, string>, method = 'POST') {
    const server = await aServer({ allowedOrigins: ['https://app.example'] })
    const { Authorization: _, ...rest } = { ...cookie, ...headers }
    const answer = await server.app.request('http://cloud.test/api/v1/chat/conversations', {
      method,
      headers: { 'X-Chatkeep-Account': 'anna', ...rest },
      body: JSON.stringify(whole([aMessage('c', 'a')])),
    })
    const stored = (await server.delta('anna')).operations.length
    return [answer.status, stored]
  }

  test('a form post from another origin is refused', async () => {
    const form = { Origin: 'https://evil.example', 'Content-Type': 'application/x-www-form-urlencoded' }
    expect(await send(form)).toEqual([403, 0])
    expect(await send({ ...form, 'Content-Type': 'text/plain' })).toEqual([403, 0])
    expect(await send({ Origin: 'https://evil.example', 'Content-Type': 'application/json' })).toEqual([
      403, 0,
    ])
    expect(await send({ Origin: 'null', 'Content-Type': 'application/json' })).toEqual([403, 0])
    expect(await send({ 'Content-Type': 'application/json' })).toEqual([403, 0])
    expect(await send({ Origin: 'http://cloud.test', 'Content-Type': 'text/plain' })).toEqual([403, 0])
  })

  test('the own and the allowed origins may write', async () => {
    expect(await send({ Origin: 'http://cloud.test', 'Content-Type': 'application/json' })).toEqual([200, 1])
    expect(
      await send({ Origin: 'https://app.example', 'Content-Type': 'application/json; charset=utf-8' }),
    ).toEqual([200, 1])
  })
})

test('only allowed origins are let in by CORS', async () => {
  const server = await aServer({ allowedOrigins: ['https://app.example'] })
  const preflight = (origin: string) =>
    server.app.request('http://cloud.test/api/v1/chat/conversations', {
      method: 'OPTIONS',
      headers: {
        Origin: origin,
        'Access-Control-Request-Method': 'POST',
        'Access-Control-Request-Headers': 'content-type',
      },
    })
  expect((await preflight('https://app.example')).headers.get('Access-Control-Allow-Origin')).toBe(
    'https://app.example',
  )
  expect((await preflight('https://evil.example')).headers.get('Access-Control-Allow-Origin')).toBeNull()
})

test('unknown routes and methods are problems, not pages', async () => {
  const server = await aServer()
  for (const [method, path] of [
    ['GET', '/nothing'],
    ['PUT', '/conversations'],
    ['PATCH', '/conversations/c'],
  ] as const) {
    const answer = await server.ask('anna', method, path, method === 'GET' ? undefined : {})
    expect([answer.status, answer.headers.get('Content-Type')]).toEqual([404, 'application/problem+json'])
  }
  expect((await server.app.request('/api/elsewhere')).headers.get('Content-Type')).toBe(
    'application/problem+json',
  )
})

test('a failure of the server tells nothing about its cause', async () => {
  const logged: unknown[] = []
  const { storage, close } = await aServer()
  const broken = { ...storage, readDelta: () => Promise.reject(new Error('secret: select * from log')) }
  const server = await aServer({ storage: broken, log: (entry) => logged.push(entry) })
  const answer = await server.ask('anna', 'GET', '/conversations?projectId=p&cursor=0')
  expect(answer.status).toBe(500)
  const text = await answer.text()
  expect(v.parse(problemSchema, JSON.parse(text)).code).toBe('sync/server-error')
  expect(text + JSON.stringify(logged)).not.toMatch(/secret|select|\.ts:/)
  expect(logged).toMatchObject([{ status: 500, error: 'Error', route: '/api/v1/chat/conversations' }])
  await close()
})

test('an Idempotency-Key is echoed', async () => {
  const server = await aServer()
  const answer = await server.ask('anna', 'POST', '/conversations', whole([good]), {
    'Idempotency-Key': 'key-1',
  })
  expect(answer.headers.get('Idempotency-Key')).toBe('key-1')
})
