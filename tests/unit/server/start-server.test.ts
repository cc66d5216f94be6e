import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { type IncomingMessage, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type RunningServer, type StartOptions, startServer } from '../../../server/start-server.ts'
import { createStaticFiles } from '../../../server/static-files.ts'
import { aMessage, byConversation } from './builders.ts'

let folder: string
const running: RunningServer[] = []

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'chatkeep-server-'))
})
afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.close()))
  rmSync(folder, { recursive: true, force: true })
})

async function start(options: Partial<StartOptions> = {}) {
  const server = await startServer({
    port: 0,
    databaseUrl: `sqlite:${join(folder, 'data', 'chatkeep.sqlite')}`,
    ...options,
  })
  running.push(server)
  return server
}

const json = { 'Content-Type': 'application/json' }

async function signUp(url: string, email = `${randomBytes(6).toString('hex')}@example.com`) {
  const answer = await fetch(`${url}/api/auth/sign-up/email`, {
    method: 'POST',
    headers: json,
    body: JSON.stringify({ email, password: 'correct horse', name: 'Anna' }),
  })
  expect(answer.status).toBe(200)
  const cookie = (answer.headers.get('Set-Cookie') ?? '').split(';')[0] ?? ''
  const token = answer.headers.get('set-auth-token') ?? ''
  const session = await (await fetch(`${url}/api/v1/chat/session`, { headers: { Cookie: cookie } })).json()
  return {
    email,
    cookie,
    token,
    accountId: session.accountId as string,
    setCookie: answer.headers.get('Set-Cookie') ?? '',
  }
}

const post = (url: string, headers: Record<string, string>) =>
  fetch(`${url}/api/v1/chat/conversations`, {
    method: 'POST',
    headers: { ...json, ...headers },
    body: JSON.stringify({
      projectId: 'p',
      cursor: '0',
      conversations: byConversation([aMessage('c', 'a')]),
    }),
  })

test('signing up gives a session by cookie and by bearer, and signing out ends it', async () => {
  const { url } = await start()
  const anna = await signUp(url)
  expect(anna.setCookie).toMatch(/HttpOnly/i)
  expect(anna.setCookie).toMatch(/SameSite=Lax/i)
  const account = { 'X-Chatkeep-Account': anna.accountId }
  expect((await post(url, { ...account, Cookie: anna.cookie, Origin: url })).status).toBe(200)
  expect((await post(url, { ...account, Cookie: anna.cookie, Origin: 'https://evil.example' })).status).toBe(
    403,
  )
  expect((await post(url, { ...account, Authorization: `Bearer ${anna.token}` })).status).toBe(200)
  expect((await post(url, { ...account, Authorization: 'Bearer nonsense' })).status).toBe(401)
  const out = await fetch(`${url}/api/auth/sign-out`, {
    method: 'POST',
    headers: { ...json, Cookie: anna.cookie, Origin: url },
    body: '{}',
  })
  expect(out.status).toBe(200)
  expect((await post(url, { ...account, Cookie: anna.cookie, Origin: url })).status).toBe(401)
  expect((await post(url, { ...account, Authorization: `Bearer ${anna.token}` })).status).toBe(401)
})

test('pages of the public URL may write, also behind a proxy that names itself as the host', async () => {
  const { url } = await start({ publicUrl: 'https://chat.example/' })
  const post = (origin: string) =>
    fetch(`${url}/api/auth/sign-up/email`, {
      method: 'POST',
      headers: { ...json, Origin: origin },
      body: JSON.stringify({ email: 'anna@example.com', password: 'correct horse', name: 'Anna' }),
    })
  const refused = await post('https://evil.example')
  expect(refused.status).toBe(403)
  // Who develops an app behind a proxy of its own has to be told what to set.
  expect((await refused.json()).detail).toContain('CHATKEEP_ALLOWED_ORIGINS')
  expect((await post('https://chat.example')).status).toBe(200)
})

test('signing in again finds the same account, on the same database after a restart', async () => {
  const first = await start()
  const { email, accountId, cookie } = await signUp(first.url)
  await post(first.url, { 'X-Chatkeep-Account': accountId, Cookie: cookie, Origin: first.url })
  await first.close()
  const { url } = await start()
  const answer = await fetch(`${url}/api/auth/sign-in/email`, {
    method: 'POST',
    headers: json,
    body: JSON.stringify({ email, password: 'correct horse' }),
  })
  const again = (answer.headers.get('Set-Cookie') ?? '').split(';')[0] ?? ''
  const headers = { Cookie: again, 'X-Chatkeep-Account': accountId }
  const list = await (await fetch(`${url}/api/v1/chat/conversations?projectId=p`, { headers })).json()
  expect(list.conversations).toMatchObject([{ id: 'c' }])
  // The secret was kept beside the database, so the old session is still one.
  expect((await fetch(`${url}/api/v1/chat/session`, { headers: { Cookie: cookie } })).status).toBe(200)
  expect(existsSync(join(folder, 'data', 'chatkeep-secret'))).toBe(true)
})

test('wrong passwords, short ones and taken addresses are problems', async () => {
  const { url } = await start()
  const { email } = await signUp(url)
  const send = (path: string, body: unknown) =>
    fetch(`${url}/api/auth/${path}`, { method: 'POST', headers: json, body: JSON.stringify(body) })
  const wrong = await send('sign-in/email', { email, password: 'wrong password' })
  expect([wrong.status, wrong.headers.get('Content-Type')]).toEqual([401, 'application/problem+json'])
  expect(await wrong.json()).toMatchObject({
    code: 'sync/auth-required',
    authCode: 'INVALID_EMAIL_OR_PASSWORD',
  })
  expect((await send('sign-up/email', { email: 'b@example.com', password: 'short', name: 'B' })).status).toBe(
    400,
  )
  expect((await send('sign-up/email', { email, password: 'correct horse', name: 'B' })).status).toBe(422)
  expect((await send('sign-in/email', 'nonsense')).headers.get('Content-Type')).toBe(
    'application/problem+json',
  )
  const form = await fetch(`${url}/api/auth/sign-in/email`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/x-www-form-urlencoded', Origin: 'https://evil.example' },
    body: 'email=a&password=b',
  })
  expect(form.status).toBe(403)
})

test('guessing passwords from one address is slowed down, whatever address it claims', async () => {
  const { url } = await start({ attemptsPerMinute: 3 })
  const statuses: number[] = []
  for (let attempt = 0; attempt < 5; attempt++) {
    const answer = await fetch(`${url}/api/auth/sign-in/email`, {
      method: 'POST',
      headers: {
        ...json,
        'X-Forwarded-For': `10.0.0.${attempt}`,
        'X-Chatkeep-Client-Address': `10.0.1.${attempt}`,
      },
      body: JSON.stringify({ email: 'a@example.com', password: 'wrong password' }),
    })
    statuses.push(answer.status)
    if (answer.status === 429) expect(Number(answer.headers.get('Retry-After'))).toBeGreaterThan(0)
  }
  expect(statuses).toEqual([401, 401, 401, 429, 429])
})

test('closing lets a request finish, ends event streams and can be repeated', async () => {
  const server = await start()
  const { accountId, cookie } = await signUp(server.url)
  const headers = { Cookie: cookie, 'X-Chatkeep-Account': accountId }
  const stream = await fetch(`${server.url}/api/v1/chat/events?projectId=p`, { headers })
  const ended = stream.text()
  const posting = post(server.url, { ...headers, Origin: server.url })
  const [answer] = await Promise.all([posting, posting.then(() => server.close())])
  expect(answer.status).toBe(200)
  expect(await ended).toContain('event: poke')
  await server.close()
  await expect(fetch(server.url)).rejects.toThrow()
})

test('an event stream on the network lives as long as its session', async () => {
  const { url } = await start({ heartbeatMs: 10 })
  const { accountId, token } = await signUp(url)
  const headers = { Authorization: `Bearer ${token}`, 'X-Chatkeep-Account': accountId }
  const stream = await fetch(`${url}/api/v1/chat/events?projectId=p`, { headers })
  const reader = stream.body?.pipeThrough(new TextDecoderStream()).getReader()
  let text = ''
  while (!/heartbeat[\s\S]*heartbeat/.test(text)) text += (await reader?.read())?.value ?? ''
  await post(url, headers)
  while ((text.match(/event: poke/g) ?? []).length < 2) text += (await reader?.read())?.value ?? ''
  await fetch(`${url}/api/auth/sign-out`, { method: 'POST', headers: { ...json, ...headers }, body: '{}' })
  while ((await reader?.read())?.done === false);
})

test('a built app is served: pages for navigations only, files for ever when hashed', async () => {
  const app = join(folder, 'app')
  mkdirSync(join(app, 'assets'), { recursive: true })
  writeFileSync(join(app, 'index.html'), '<!doctype html>app')
  writeFileSync(join(app, 'sw.js'), 'self')
  writeFileSync(join(app, 'assets', 'main-Ab3_x-9z.js'), 'code')
  writeFileSync(join(folder, 'outside.txt'), 'outside')
  const { url } = await start({ staticFolder: app })
  const get = (path: string) => fetch(url + path)
  // Node's own fetch always says that it is no navigation.
  const files = createStaticFiles(app)
  const navigate = (path: string) =>
    files(new Request(`http://app.test${path}`, { headers: { 'Sec-Fetch-Mode': 'navigate' } }))
  const page = await get('/')
  expect([page.headers.get('Content-Type'), page.headers.get('Cache-Control')]).toEqual([
    'text/html; charset=utf-8',
    'no-cache',
  ])
  expect(page.headers.get('Content-Security-Policy')).toContain("script-src 'self'")
  expect(await (await navigate('/chat/42'))?.text()).toContain('app')
  for (const path of ['/missing.js', '/assets/missing-12345678.js']) {
    expect(await navigate(path)).toBeUndefined()
    expect((await get(path)).status).toBe(404)
  }
  expect((await get('/chat/42')).status).toBe(404)
  const worker = await get('/sw.js')
  expect([worker.headers.get('Content-Type'), worker.headers.get('Cache-Control')]).toEqual([
    'text/javascript; charset=utf-8',
    'no-cache',
  ])
  expect((await get('/assets/main-Ab3_x-9z.js')).headers.get('Cache-Control')).toContain('immutable')
  for (const path of [
    '/..%2foutside.txt',
    '/%2e%2e/outside.txt',
    '/assets/..%2f..%2foutside.txt',
    '/%00',
    '/%zz',
  ]) {
    expect(await (await get(path)).text()).not.toContain('outside')
  }
  expect((await get('/api/unknown')).headers.get('Content-Type')).toBe('application/problem+json')
})

test('the database’s files are for their owner only', async () => {
  await start()
  const secret = join(folder, 'data', 'chatkeep-secret')
  expect(readFileSync(secret, 'utf8').length).toBeGreaterThanOrEqual(32)
})

test('an address that cannot be read is the client’s fault', async () => {
  const { url } = await start()
  const { hostname, port } = new URL(url)
  const ask = (path: string, headers = {}) =>
    new Promise<IncomingMessage>((resolve, reject) => {
      request({ hostname, port, path, headers }, resolve).on('error', reject).end()
    })
  const answers = [
    await ask('/\\..\\../etc/passwd'),
    await ask('/\\x'),
    await ask('/healthz', { Host: 'a b' }),
    await ask('/healthz', { Host: '[' }),
  ]
  for (const answer of answers) {
    expect(answer.statusCode).toBe(400)
    expect(answer.headers['content-type']).toBe('application/problem+json')
    answer.resume()
  }
  expect((await fetch(`${url}/healthz`)).status).toBe(200)
})
