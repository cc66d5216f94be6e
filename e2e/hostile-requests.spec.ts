// Whatever is sent to the cloud: it is answered with a problem of the 4xx kind, nothing that is stored changes, and the next
// request is answered as ever.
import type { BrowserContext, Page } from '@playwright/test'
import { signUp } from './harness/accounts.ts'
import type { Cloud, CloudOptions } from './harness/cloud.ts'
import type { Device } from './harness/device.ts'
import { type Front, startFront } from './harness/front.ts'
import { aMessage } from './harness/messages.ts'
import { aMessageOperation, anOperationId, aPost, aPurgeOperation } from './harness/operations.ts'
import { type Answer, ask, askRaw } from './harness/requests.ts'
import type { Tab } from './harness/tab.ts'
import { expect, test } from './harness/test.ts'

const API = '/api/v1/chat'
const good = () => aMessageOperation('c', 'm', 'a good one')
const changed = (changes: object) => aPost('default', 'c', [{ ...good(), ...changes }])
const plain = (changes: object) => ({
  projectId: 'default',
  id: 'c',
  messages: [aMessage('hello')],
  ...changes,
})

const MALFORMED: Readonly<Record<string, unknown>> = {
  'no JSON': '{"projectId":',
  'a page': '<!doctype html>',
  nothing: '',
  null: 'null',
  'a number': '7',
  'a list': '[]',
  'no fields': {},
  'more fields than there are': { ...aPost('default', 'c', [good()]), isAdmin: true },
  'a project that is a number': aPost(7 as never, 'c', [good()]),
  'a project without a name': aPost('', 'c', [good()]),
  'a project with a control character': aPost('a\u0000b', 'c', [good()]),
  'a project with half a character': '{"projectId":"\\ud800","cursor":"0","conversations":[]}',
  'a project’s name that is too long': aPost('x'.repeat(201), 'c', [good()]),
  'a cursor that is a number': aPost('default', 'c', [good()], 0 as never),
  'a cursor with SQL in it': aPost('default', 'c', [good()], "0' or 1=1 --"),
  'a conversation that is a text': { projectId: 'default', cursor: '0', conversations: ['c'] },
  'operations that are an object': {
    projectId: 'default',
    cursor: '0',
    conversations: [{ id: 'c', operations: {} }],
  },
  'an operation that is null': aPost('default', 'c', [null]),
  'an unknown kind': changed({ kind: 'reseal' }),
  'an id of another making': changed({ id: '1' }),
  'an id that is a number': changed({ id: 1 }),
  'an operation of another conversation': changed({ conversationId: 'd' }),
  'a stamp below zero': changed({ stamp: -1 }),
  'a stamp beyond 2^52': changed({ stamp: 2 ** 52 + 1 }),
  'a stamp between two': changed({ stamp: 1.5 }),
  'a stamp that is a text': changed({ stamp: '1' }),
  'a stamp without end': JSON.stringify(changed({ stamp: 12345 })).replace('12345', '1e999'),
  'an empty register': changed({ register: '' }),
  'a register with a control character': changed({ register: 'tag:\u0000' }),
  'a register that is too long': changed({ register: 'x'.repeat(221) }),
  'overwrites that are no ids': changed({ overwrites: ['x'] }),
  'too many overwrites': changed({ overwrites: Array.from({ length: 1_001 }, anOperationId) }),
  'a purge of nothing': aPost('default', 'c', [aPurgeOperation('c', [])]),
  'a purge of too much': aPost('default', 'c', [
    aPurgeOperation(
      'c',
      Array.from({ length: 1_001 }, () => anOperationId()),
    ),
  ]),
  'a purge of no ids': aPost('default', 'c', [aPurgeOperation('c', ['*'])]),
  'a value that is nested too deeply': changed({ value: nested(150) }),
  'a body that is nested without end': '['.repeat(200_000),
  'a prototype for its key':
    '{"__proto__":{"isAdmin":true},"projectId":"default","cursor":"0","conversations":[]}',
  'a prototype inside a value': JSON.stringify(changed({ value: { key: 1 } })).replace(
    '"key"',
    '"__proto__"',
  ),
  'no value': changed({ value: undefined }),
  'messages that are no list': plain({ messages: {} }),
  'a message without a role': plain({ messages: [{ id: '1' }] }),
  'a message that is null': plain({ messages: [null] }),
  'a plain conversation without a project': plain({ projectId: undefined }),
  'tags that are no ids': plain({ tags: [''] }),
  'a title that is an object': plain({ title: { $ne: '' } }),
}

test('refuses malformed bodies as a whole', async ({ cloud, device }) => {
  const { page, expectUnharmed } = await openWithChat(cloud, device)
  for (const [name, body] of Object.entries(MALFORMED)) {
    const answer = await ask(page, 'POST', '/conversations', { body })
    expectProblem(name, answer, 400, 'input/invalid')
  }
  await expectUnharmed()
})

test('refuses what is too large, each limit with its name', async ({ startCloud, device }) => {
  const limits = { maxBodyBytes: 200_000, maxOperationBytes: 20_000, maxOperationsPerRequest: 10 }
  const { page, expectUnharmed } = await openWithChat(await startCloud({ limits }), device)
  const many = Array.from({ length: 11 }, good)
  const large = aMessageOperation('c', 'm', 'x'.repeat(30_000))
  for (const [name, body, limit] of [
    [
      'a large body',
      aPost('default', 'c', [aMessageOperation('c', 'm', 'x'.repeat(300_000))]),
      'maxBodyBytes',
    ],
    ['spaces', ' '.repeat(300_000), 'maxBodyBytes'],
    ['many operations', aPost('default', 'c', many), 'maxOperationsPerRequest'],
    ['a large plain message', plain({ messages: [aMessage('x'.repeat(30_000))] }), 'maxOperationBytes'],
    ['many plain messages', plain({ messages: many.map(() => aMessage('x')) }), 'maxOperationsPerRequest'],
  ] as const) {
    const answer = await ask(page, 'POST', '/conversations', { body })
    expectProblem(name, answer, 413, 'sync/too-large')
    expect([name, answer.body]).toMatchObject([name, { details: { limit } }])
  }
  const alone = await ask(page, 'POST', '/conversations', { body: aPost('default', 'c', [large]) })
  expect(alone).toMatchObject({
    status: 200,
    body: { accepted: [], rejected: [{ id: large.id, code: 'sync/too-large' }] },
  })
  const signIn = await page.evaluate(async () => {
    const body = JSON.stringify({ email: 'x'.repeat(100_000), password: 'y' })
    const headers = { 'Content-Type': 'application/json' }
    return (await fetch('/api/auth/sign-in/email', { method: 'POST', headers, body })).status
  })
  expect(signIn).toBe(413)
  await expectUnharmed()
})

test('refuses wrong queries, cursors and routes', async ({ cloud, device }) => {
  const { page, expectUnharmed } = await openWithChat(cloud, device)
  const { body } = await ask(page, 'GET', '/conversations?projectId=default&cursor=0')
  const [epoch, sequence, digest] = (body as { cursor: string }).cursor.split('.')
  for (const [path, status, code] of [
    ['/conversations', 400, 'input/invalid'],
    ['/conversations?projectId=', 400, 'input/invalid'],
    ['/conversations?projectId=%00', 400, 'input/invalid'],
    ['/conversations?projectId=default&cursor=', 400, 'input/invalid'],
    ['/conversations?projectId=default&cursor=%27%20or%201=1', 400, 'input/invalid'],
    [`/conversations?projectId=default&cursor=${'x'.repeat(201)}`, 400, 'input/invalid'],
    ['/conversations?projectId=default&cursor=1', 410, 'sync/gone'],
    [`/conversations?projectId=default&cursor=${epoch}.${sequence}.${'0'.repeat(16)}`, 410, 'sync/gone'],
    [`/conversations?projectId=default&cursor=${epoch}.999999.${digest}`, 410, 'sync/gone'],
    [`/conversations?projectId=default&cursor=${epoch}.-1.${digest}`, 410, 'sync/gone'],
    [`/conversations?projectId=default&cursor=other.${sequence}.${digest}`, 410, 'sync/gone'],
    ['/conversations?projectId=default&limit=0', 400, 'input/invalid'],
    ['/conversations?projectId=default&limit=-1', 400, 'input/invalid'],
    ['/conversations?projectId=default&limit=1e3', 400, 'input/invalid'],
    ['/conversations?projectId=default&limit=99999999999', 400, 'input/invalid'],
    ['/conversations?projectId=default&before=%27', 400, 'input/invalid'],
    ['/conversations/tides?cursor=1', 410, 'sync/gone'],
    ['/conversations/tides?before=%27', 400, 'input/invalid'],
    ['/conversations/tides?limit=x', 400, 'input/invalid'],
    ['/conversations/tides?projectId=%00', 400, 'input/invalid'],
    ['/conversations/nobody', 404, 'input/not-found'],
    ['/conversations/%00', 404, 'input/not-found'],
    [`/conversations/${'x'.repeat(300)}`, 404, 'input/not-found'],
    ['/conversations/tides/messages', 404, 'input/not-found'],
    ['/admin', 404, 'input/not-found'],
    ['/__proto__', 404, 'input/not-found'],
  ] as const) {
    expectProblem(path, await ask(page, 'GET', path), status, code)
  }
  for (const cursor of ['1', `${epoch}.999999.${digest}`, `other.${sequence}.${digest}`]) {
    const answer = await ask(page, 'POST', '/conversations', {
      body: aPost('default', 'c', [good()], cursor),
    })
    expectProblem(cursor, answer, 410, 'sync/gone')
  }
  for (const method of ['PUT', 'PATCH', 'OPTIONS', 'PROPFIND']) {
    const { status } = await ask(
      page,
      method,
      '/conversations/tides',
      method === 'OPTIONS' ? {} : { body: plain({}) },
    )
    expect([method, status === 404 || status === 204]).toEqual([method, true])
  }
  const overridden = await ask(page, 'POST', '/conversations/tides', {
    body: {},
    headers: { 'X-HTTP-Method-Override': 'DELETE' },
  })
  expectProblem('a method in a header', overridden, 404, 'input/not-found')
  const changedSince = { headers: { 'If-Match': '"of another state"' } }
  expectProblem(
    'If-Match',
    await ask(page, 'DELETE', '/conversations/tides', changedSince),
    412,
    'sync/rejected',
  )
  await expectUnharmed()
})

test('keeps SQL and script in texts and ids as the text that they are', async ({ cloud, device }) => {
  const { page, expectUnharmed } = await openWithChat(cloud, device)
  const own = await ask(page, 'GET', '/conversations?projectId=default')
  const strange = [
    "'; drop table log; --",
    '" or 1=1 --',
    "%' or '1'='1",
    '<script>alert(1)</script>',
    '<img src=x onerror=alert(1)>',
    '../../../etc/passwd',
    '{{7*7}}',
    '__proto__',
    'constructor',
    '$ne',
    '\\u0000',
    '👩‍👩‍👧 \u202e‮desrever',
  ]
  for (const text of strange) {
    const conversation = { projectId: text, id: text, title: text, tags: [text] }
    const sent = { id: text, role: text, parts: [{ type: 'text', text, [text]: text }] }
    const body = JSON.stringify({ ...conversation, messages: [sent] })
    const stored = await ask(page, 'POST', '/conversations', {
      body: text === '__proto__' ? body : JSON.parse(body),
    })
    if (text === '__proto__') {
      // As a key inside a message it is refused; everywhere else it is a name like any other.
      expectProblem(text, stored, 400, 'input/invalid')
      continue
    }
    expect([text, stored.status]).toEqual([text, 201])
    const name = encodeURIComponent(text)
    const found = await ask(page, 'GET', `/conversations/${name}?projectId=${name}`)
    expect(found).toMatchObject({
      status: 200,
      body: { messages: [sent], conversation: { title: text, tags: [text] } },
    })
    expect(found.headers).toMatchObject({
      'content-type': 'application/json',
      'x-content-type-options': 'nosniff',
    })
    const list = await ask(page, 'GET', `/conversations?projectId=${name}`)
    expect((list.body as { conversations: unknown[] }).conversations).toHaveLength(1)
  }
  expect(await ask(page, 'GET', '/conversations?projectId=default')).toMatchObject({ body: own.body })
  await expectUnharmed({ others: true })
})

test('leads no path out of the folder of pages', async ({ cloud, device }) => {
  const { expectUnharmed } = await openWithChat(cloud, device)
  const up = ['..', '%2e%2e', '%2E.', '..%2f..', '..%5c..', '%252e%252e', '....//..', '\\..\\..']
  const goals = ['precached/index.html', 'etc/passwd', 'package.json', 'chat.sqlite', 'chatkeep-secret']
  const paths = up.flatMap((way) =>
    goals.flatMap((goal) => [1, 3, 9].map((times) => `/${`${way}/`.repeat(times)}${goal}`)),
  )
  const strange = [
    '/%00',
    '/%',
    '/%zz',
    '/assets',
    '/assets/',
    '//etc/passwd',
    '/.git/config',
    '/sw.js/../../package.json',
  ]
  for (const path of [...paths, ...paths.map((each) => `/assets${each}`), ...strange]) {
    const { status, body } = await askRaw(cloud.url, { method: 'GET', path })
    expect([path, status >= 400 && status < 500]).toEqual([path, true])
    expect(String(body)).not.toMatch(/root:|"workspaces"|<script/)
  }
  for (const path of [
    '/conversations/..%2f..%2fetc%2fpasswd',
    '/conversations/../../../etc/passwd',
    '/../../secret',
  ]) {
    const { status } = await askRaw(cloud.url, { method: 'GET', path: API + path })
    expect([path, status >= 400 && status < 500]).toEqual([path, true])
  }
  await expectUnharmed()
})

test('lets nobody in with credentials that are not theirs', async ({ cloud, device }) => {
  const { accountId, expectUnharmed } = await openWithChat(cloud, device)
  const cookie = await cookieOf(device.context)
  const [name = '', value = ''] = cookie.split('=')
  const headers = { 'X-Chatkeep-Account': accountId }
  const tries: readonly Readonly<Record<string, string>>[] = [
    {},
    { Cookie: `${name}=` },
    { Cookie: `${name}=${value.slice(0, -6)}AAAAAA` },
    { Cookie: `${name}=${value.split('.')[0]}` },
    { Cookie: `${name}=x' or '1'='1` },
    { Cookie: 'x'.repeat(8_000) },
    { Authorization: 'Bearer ' },
    { Authorization: "Bearer ' or 1=1 --" },
    { Authorization: `Bearer ${accountId}` },
    { Authorization: 'Basic YWRhOmFkYQ==' },
  ]
  for (const credentials of tries) {
    for (const path of [
      '/conversations/tides',
      '/conversations?projectId=default&cursor=0',
      '/session',
      '/projects',
    ]) {
      const answer = await askRaw(cloud.url, {
        method: 'GET',
        path: API + path,
        headers: { ...headers, ...credentials },
      })
      expectProblem(JSON.stringify([path, credentials]), answer, 401, 'sync/auth-required')
    }
  }
  await expectUnharmed()
})

test('does not let another site’s pages write with the cookies of its visitor', async ({ cloud, device }) => {
  const { page, expectUnharmed } = await openWithChat(cloud, device)
  const forged = JSON.stringify(
    aPost('default', 'forged', [aMessageOperation('forged', 'm', 'forged=by a form')]),
  )
  await using stranger = await openStranger(device)
  for (const site of [stranger.sameSite, stranger.crossSite]) {
    const attack = await site()
    for (const path of [
      `${API}/conversations`,
      '/api/auth/sign-out',
      '/api/auth/sign-in/email',
      '/api/auth/sign-up/email',
    ]) {
      for (const encoding of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data']) {
        for (const isSandboxed of [false, true]) {
          const seen = await submitForm(attack, cloud, { path, encoding, text: forged, isSandboxed })
          expect([path, encoding, seen.status]).toEqual([path, encoding, 403])
          expect(seen.headers.origin).toBe(isSandboxed ? 'null' : new URL(attack.url()).origin)
        }
      }
    }
    await attack.close()
  }
  const withCookies = cloud.front.requests.filter(
    ({ method, headers }) => method === 'POST' && headers.cookie,
  )
  const isForeign = ({ headers }: (typeof withCookies)[number]) => headers.origin === stranger.url
  expect(withCookies.some(isForeign), 'a foreign form was sent with the visitor’s cookies').toBe(true)
  await expectUnharmed()
  const own = await ask(page, 'POST', '/conversations', { body: forged })
  expect(own, 'the forged body was a good one').toMatchObject({ status: 200, body: { rejected: [] } })
})

test('does not let another site’s scripts write, delete or read', async ({ cloud, device }) => {
  const { accountId, expectUnharmed } = await openWithChat(cloud, device)
  const forged = JSON.stringify(aPost('default', 'forged', [aMessageOperation('forged', 'm', 'forged')]))
  await using stranger = await openStranger(device)
  const attack = await stranger.sameSite()
  const before = cloud.front.requests.length
  const read = await attack.evaluate(
    async ([api, forged, accountId]) => {
      const read: string[] = []
      const attempt = async (init: RequestInit, path = '/conversations') => {
        try {
          const answer = await fetch(api + path, { credentials: 'include', ...init })
          read.push(`${answer.type} ${await answer.text()}`)
        } catch {
          // Not even an answer.
        }
      }
      const account = { 'X-Chatkeep-Account': accountId }
      const json = { 'Content-Type': 'application/json' }
      await attempt({
        method: 'POST',
        body: forged,
        mode: 'no-cors',
        headers: { 'Content-Type': 'text/plain' },
      })
      await attempt({ method: 'POST', body: forged, headers: { 'Content-Type': 'text/plain' } })
      await attempt({ method: 'POST', body: new Blob([forged]) })
      await attempt({ method: 'POST', body: new URLSearchParams({ forged }) })
      await attempt({ method: 'POST', body: forged, headers: json })
      await attempt({ method: 'POST', body: forged, headers: { ...json, ...account } })
      await attempt({ method: 'DELETE', headers: account }, '/conversations/tides')
      await attempt({ method: 'DELETE' }, '/conversations/tides')
      await attempt({}, '/session')
      await attempt({ mode: 'no-cors' }, '/conversations?projectId=default')
      await attempt({ headers: account }, '/conversations?projectId=default&cursor=0')
      navigator.sendBeacon(`${api}/conversations`, forged)
      navigator.sendBeacon(`${api}/conversations`, new Blob([forged], { type: 'text/plain' }))
      try {
        navigator.sendBeacon(`${api}/conversations`, new Blob([forged], { type: 'application/json' }))
      } catch {
        // Not every browser takes that one.
      }
      const script = document.createElement('script')
      script.src = `${api}/session`
      const ended = new Promise((resolve) => Object.assign(script, { onload: resolve, onerror: resolve }))
      document.body.append(script)
      await ended
      return read
    },
    [`${cloud.url}${API}`, forged, accountId] as const,
  )
  const isBeacon = ({ headers }: { headers: Record<string, unknown> }) =>
    headers['sec-fetch-mode'] === 'no-cors'
  const seen = () => cloud.front.requests.slice(before)
  await expect
    .poll(() => seen().filter((each) => each.method === 'POST' && isBeacon(each)).length)
    .toBeGreaterThanOrEqual(3)
  await expect.poll(() => seen().filter(({ status }) => status === undefined)).toEqual([])
  expect(read.filter((each) => !each.startsWith('opaque'))).toEqual([])
  expect(read.join()).not.toContain(accountId)
  const written = seen().filter(({ method }) => method === 'POST' || method === 'DELETE')
  expect(new Set(written.map(({ status }) => status))).toEqual(new Set([403]))
  await expectUnharmed()
})

test('demands its own Origin wherever cookies come along', async ({ cloud, device }) => {
  const { accountId, expectUnharmed } = await openWithChat(cloud, device)
  const { host } = new URL(cloud.url)
  const cookie = await cookieOf(device.context)
  const body = JSON.stringify(aPost('default', 'forged', [aMessageOperation('forged', 'm', 'forged')]))
  const headers = { Cookie: cookie, 'X-Chatkeep-Account': accountId, 'Content-Type': 'application/json' }
  const origins = [
    undefined,
    'null',
    '',
    'http://evil.example',
    `http://${host}.evil.example`,
    `http://evil.example/${host}`,
    `http://evil.example:80@${host}.evil.example`,
    'http://localhost',
    `http://${host.split(':')[0]}`,
    'file://',
  ]
  for (const origin of origins) {
    const sent = { ...headers, ...(origin === undefined ? {} : { Origin: origin }) }
    for (const [method, path] of [
      ['POST', `${API}/conversations`],
      ['DELETE', `${API}/conversations/tides`],
      ['POST', '/api/auth/sign-out'],
    ] as const) {
      const withBody = method === 'POST' ? { body } : {}
      const answer = await askRaw(cloud.url, { method, path, headers: sent, ...withBody })
      expectProblem(JSON.stringify([method, path, origin]), answer, 403, 'sync/rejected')
    }
  }
  for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/jsonp', '']) {
    const sent = { ...headers, Origin: cloud.url, 'Content-Type': type }
    const answer = await askRaw(cloud.url, {
      method: 'POST',
      path: `${API}/conversations`,
      headers: sent,
      body,
    })
    expect([type, answer.status === 403 || answer.status === 415]).toEqual([type, true])
  }
  await expectUnharmed()
})

test('answers 429 with a time to wait, and lets the patient in again', async ({ startCloud, device }) => {
  let now = Date.now()
  const options: CloudOptions = { limits: { requestsPerMinute: 60 }, attemptsPerMinute: 5, now: () => now }
  const cloud = await startCloud(options)
  const { page, expectUnharmed } = await openWithChat(cloud, device)
  const answers: Answer[] = []
  while (answers.length < 200 && answers.at(-1)?.status !== 429) {
    answers.push(await ask(page, 'GET', '/limits', { account: null }))
  }
  const [refused] = answers.slice(-1)
  expect(refused).toMatchObject({ status: 429, body: { code: 'sync/too-many-requests' } })
  expect(Number(refused?.headers['retry-after'])).toBeGreaterThan(0)
  now += 61_000
  expect((await ask(page, 'GET', '/limits')).status).toBe(200)

  const guess = { email: 'ada@example.com', password: 'wrong horse battery staple' }
  const statuses = await page.evaluate(async (guess) => {
    const statuses: number[] = []
    const headers = { 'Content-Type': 'application/json' }
    for (let time = 0; time < 8; time++) {
      const answer = await fetch('/api/auth/sign-in/email', {
        method: 'POST',
        headers,
        body: JSON.stringify(guess),
      })
      statuses.push(answer.status)
    }
    return statuses
  }, guess)
  expect(new Set(statuses)).toEqual(new Set([401, 429]))
  expect(statuses.at(-1)).toBe(429)
  now += 61_000
  await expectUnharmed()
})

/** A person's tab with a conversation that has reached the cloud. */
async function openWithChat(cloud: Cloud, device: Device) {
  const tab: Tab = await device.openTab(cloud.url)
  const { page } = tab
  const { accountId } = await signUp(tab, 'ada@example.com')
  await tab.chats.appendMessages('tides', [aMessage('when is high water?'), aMessage('at noon', 'assistant')])
  await tab.untilSynced()
  const log = cloud.log()
  const own = await ask(page, 'GET', '/conversations/tides')
  expect(own.status).toBe(200)
  /** Nothing of it changed in the cloud, the session holds, and what is written now arrives. */
  const expectUnharmed = async ({ others = false } = {}) => {
    const rows = cloud.log()
    expect(others ? rows.filter(({ space }) => space === log[0]?.space) : rows).toEqual(log)
    expect(await ask(page, 'GET', '/conversations/tides')).toMatchObject({ status: 200, body: own.body })
    expect(await ask(page, 'GET', '/session')).toMatchObject({ status: 200, body: { accountId } })
    await tab.chats.appendMessages('tides', [aMessage('and low water?')])
    await tab.chats.syncNow()
    await tab.untilSynced()
    expect(cloud.log().length).toBeGreaterThan(log.length)
  }
  return { tab, page, accountId, expectUnharmed }
}

function expectProblem(what: string, answer: Answer, status: number, code: string): void {
  expect([what, answer.status]).toEqual([what, status])
  expect([what, answer.headers['content-type']]).toEqual([what, 'application/problem+json'])
  expect([what, answer.body]).toMatchObject([what, { status, code, title: expect.any(String) }])
}

async function cookieOf(context: BrowserContext): Promise<string> {
  const [cookie] = await context.cookies()
  if (cookie === undefined) throw new Error('There is no session cookie.')
  return `${cookie.name}=${cookie.value}`
}

/** Somebody else's web server, visited with the same browser. */
async function openStranger(device: Device): Promise<
  AsyncDisposable & {
    readonly url: string
    /** On another port: another origin that browsers count to the same site, so that cookies come along. */
    sameSite(): Promise<Page>
    /** Under another name: another site. */
    crossSite(): Promise<Page>
  }
> {
  const front: Front = await startFront()
  front.answer({}, { status: 200, headers: { 'Content-Type': 'text/html' }, body: '<!doctype html><body>' })
  const open = async (url: string) => {
    const page = await device.context.newPage()
    await page.goto(`${url}/attack.html`)
    return page
  }
  return {
    url: front.url,
    sameSite: () => open(front.url),
    crossSite: () => open(front.url.replace('127.0.0.1', 'localhost')),
    [Symbol.asyncDispose]: () => front.close(),
  }
}

/** Sends a form from a page, into a frame, and answers what the cloud saw and said. `text` is split at its first `=`. */
async function submitForm(
  page: Page,
  cloud: Cloud,
  form: { path: string; encoding: string; text: string; isSandboxed: boolean },
) {
  const before = cloud.front.requests.length
  await page.evaluate(
    ({ action, encoding, text, isSandboxed }) => {
      const [name = '', ...rest] = text.split('=')
      const escaped = (value: string) => value.replaceAll('&', '&amp;').replaceAll('"', '&quot;')
      const input = `<input name="${escaped(name)}" value="${escaped(rest.join('='))}">`
      const html = `<form method="post" action="${action}" enctype="${encoding}">${input}</form>`
      const frame = document.createElement('iframe')
      if (isSandboxed) frame.setAttribute('sandbox', 'allow-forms allow-scripts')
      frame.srcdoc = `${html}<script>document.forms[0].submit()</script>`
      document.body.replaceChildren(frame)
    },
    { ...form, action: cloud.url + form.path },
  )
  const sent = () =>
    cloud.front.requests.slice(before).find(({ method, path }) => method === 'POST' && path === form.path)
  await expect.poll(() => sent()?.status).toBeDefined()
  const seen = sent()
  if (seen === undefined) throw new Error('No form was sent.')
  return seen
}

function nested(levels: number): unknown {
  let value: unknown = 'bottom'
  for (let level = 0; level < levels; level++) value = [value]
  return value
}
