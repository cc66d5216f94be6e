import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { AccountMail } from '../../../server/auth/mail.ts'
import { type RunningServer, type StartOptions, startServer } from '../../../server/start-server.ts'
import { API_BASE, CURSOR_ZERO } from '../../../src/domain/wire.ts'
import { aMessage, aMessageValue, byConversation } from './builders.ts'

const PASSWORD = 'correct horse'
const json = { 'Content-Type': 'application/json' }

let folder: string
let server: RunningServer | undefined
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'chatkeep-rights-'))
})
afterEach(async () => {
  await server?.close()
  rmSync(folder, { recursive: true, force: true })
})

async function start(options: Partial<StartOptions> = {}): Promise<string> {
  server = await startServer({ port: 0, databaseUrl: `sqlite:${join(folder, 'chat.sqlite')}`, ...options })
  return server.url
}

async function enter(url: string, path: 'sign-up' | 'sign-in', email: string, password = PASSWORD) {
  const answer = await fetch(`${url}/api/auth/${path}/email`, {
    method: 'POST',
    headers: json,
    body: JSON.stringify({ email, password, name: 'Anna' }),
  })
  if (!answer.ok) return null
  const { user } = (await answer.json()) as { user: { id: string; emailVerified: boolean } }
  const headers = {
    ...json,
    Authorization: `Bearer ${answer.headers.get('set-auth-token')}`,
    'X-Chatkeep-Account': user.id,
  }
  return { id: user.id, isVerified: user.emailVerified, headers }
}

async function signUp(url: string, email: string) {
  const entered = await enter(url, 'sign-up', email)
  if (entered === null) throw new Error('signing up failed')
  return entered
}

const say = (text: string) =>
  aMessageValue('m', { message: { id: 'm', role: 'user', parts: [{ type: 'text', text }] } })

function post(url: string, headers: Record<string, string>, text: string) {
  const operations = [aMessage('c', 'm', {}, say(text))]
  const body = { projectId: 'p', cursor: CURSOR_ZERO, conversations: byConversation(operations) }
  return fetch(`${url}${API_BASE}/conversations`, { method: 'POST', headers, body: JSON.stringify(body) })
}

const erase = (url: string, headers: Record<string, string>, body: unknown) =>
  fetch(`${url}${API_BASE}/account`, { method: 'DELETE', headers, body: JSON.stringify(body) })
const pull = (url: string, headers: Record<string, string>) =>
  fetch(`${url}${API_BASE}/conversations?projectId=p&cursor=0`, { headers })

test('a deleted account leaves nothing in the files, and its devices hear 410 account/gone', async () => {
  const url = await start()
  const anna = await signUp(url, 'anna@example.com')
  const ben = await signUp(url, 'ben@example.com')
  const second = await enter(url, 'sign-in', 'anna@example.com')
  expect((await post(url, anna.headers, 'a secret of Anna’s')).status).toBe(200)
  expect((await post(url, ben.headers, 'a note of Ben’s')).status).toBe(200)
  expect((await erase(url, anna.headers, { password: PASSWORD })).status).toBe(204)

  for (const { headers } of [anna, second ?? anna]) {
    const answer = await pull(url, headers)
    expect([answer.status, (await answer.json()).code]).toEqual([410, 'account/gone'])
    expect((await post(url, headers, 'too late')).status).toBe(410)
  }
  expect((await pull(url, { ...anna.headers, 'X-Chatkeep-Account': 'somebody' })).status).toBe(401)
  expect((await pull(url, ben.headers)).status).toBe(200)
  expect(await enter(url, 'sign-in', 'anna@example.com')).toBeNull()
  await server?.close()
  const bytes = readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8'))
  expect(bytes.some((text) => text.includes('a note of Ben’s'))).toBe(true)
  expect(bytes.some((text) => text.includes('a secret of Anna’s'))).toBe(false)
  expect(bytes.some((text) => text.includes('ben@example.com'))).toBe(true)
  expect(bytes.some((text) => text.includes('anna@example.com'))).toBe(false)
})

test('deleting asks for the password, and guessing it is slow', async () => {
  const url = await start()
  const { headers } = await signUp(url, 'anna@example.com')
  await post(url, headers, 'kept')
  const { Authorization: _, ...noSession } = headers
  expect((await erase(url, noSession, { password: PASSWORD })).status).toBe(401)
  expect((await erase(url, headers, {})).status).toBe(400)
  const statuses: number[] = []
  for (let attempt = 0; attempt < 6; attempt++)
    statuses.push((await erase(url, headers, { password: `guess ${attempt}` })).status)
  expect(statuses).toEqual([403, 403, 403, 403, 403, 429])
  expect((await (await pull(url, headers)).json()).operations).toHaveLength(1)
})

test('a foreign page cannot delete an account with the person’s cookie', async () => {
  const url = await start()
  const { headers } = await signUp(url, 'anna@example.com')
  const foreign = { ...headers, Origin: 'https://evil.example' }
  expect((await erase(url, foreign, { password: PASSWORD })).status).toBe(403)
})

test('the export holds everything of the account, line by line, and says where it ends', async () => {
  const url = await start({ limits: { maxPageOperations: 2 } })
  const { headers, id } = await signUp(url, 'anna@example.com')
  await post(url, headers, 'one')
  const operations = Array.from({ length: 700 }, (_, index) => aMessage('d', `m${index}`))
  const body = { projectId: 'q', cursor: CURSOR_ZERO, conversations: byConversation(operations) }
  await fetch(`${url}${API_BASE}/conversations`, { method: 'POST', headers, body: JSON.stringify(body) })

  const answer = await fetch(`${url}${API_BASE}/account/export`, { headers })
  expect(answer.headers.get('Content-Type')).toBe('application/x-ndjson')
  const lines = (await answer.text())
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
  expect(lines[0]).toMatchObject({
    chatkeep: 'account',
    version: 1,
    accountId: id,
    email: 'anna@example.com',
  })
  expect(lines[1]).toEqual({ projectId: 'p' })
  expect(lines[2].value.message.parts[0].text).toBe('one')
  expect(lines[3]).toEqual({ projectId: 'q' })
  expect(lines.slice(4, -1)).toEqual(operations)
  expect(lines.at(-1)).toEqual({ end: true, entries: 701 })
  expect((await fetch(`${url}${API_BASE}/account/export`)).status).toBe(401)
})

test('a letter’s link chooses a new password, once, and ends the sessions of the old one', async () => {
  const letters: AccountMail[] = []
  const url = await start({ sendMail: async (mail) => void letters.push(mail) })
  const anna = await signUp(url, 'anna@example.com')
  letters.splice(0)
  const ask = (email: string) =>
    fetch(`${url}/api/auth/request-password-reset`, {
      method: 'POST',
      headers: json,
      body: JSON.stringify({ email }),
    })
  const [known, unknown] = [await ask('anna@example.com'), await ask('nobody@example.com')]
  expect([known.status, await known.text()]).toEqual([unknown.status, await unknown.text()])
  expect(letters).toMatchObject([{ to: 'anna@example.com', kind: 'reset-password' }])
  const link = new URL(letters[0]?.url ?? '')
  expect(link.origin + link.pathname).toBe(`${url}/reset-password`)
  const choose = (newPassword: string) =>
    fetch(`${url}/api/auth/reset-password`, {
      method: 'POST',
      headers: json,
      body: JSON.stringify({ newPassword, token: link.searchParams.get('token') }),
    })
  expect((await choose('a new password')).status).toBe(200)
  expect((await choose('another password')).status).toBe(400)
  expect((await pull(url, anna.headers)).status).toBe(401)
  expect(await enter(url, 'sign-in', 'anna@example.com')).toBeNull()
  expect(await enter(url, 'sign-in', 'anna@example.com', 'a new password')).toMatchObject({ id: anna.id })
})

test('a letter’s link confirms the address', async () => {
  const letters: AccountMail[] = []
  const url = await start({ sendMail: async (mail) => void letters.push(mail) })
  await signUp(url, 'anna@example.com')
  expect(letters).toMatchObject([{ to: 'anna@example.com', kind: 'verify-email' }])
  await fetch(letters[0]?.url ?? '', { redirect: 'manual' })
  expect(await enter(url, 'sign-in', 'anna@example.com')).toMatchObject({ isVerified: true })
})

test('without a way to send letters no password is reset', async () => {
  const url = await start()
  const answer = await fetch(`${url}/api/auth/request-password-reset`, {
    method: 'POST',
    headers: json,
    body: JSON.stringify({ email: 'anna@example.com' }),
  })
  expect([answer.status, (await answer.json()).authCode]).toEqual([400, 'RESET_PASSWORD_DISABLED'])
})
