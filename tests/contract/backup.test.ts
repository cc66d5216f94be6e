import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest'
import { findPostgres, startPostgres } from '../../scripts/ensure-postgres.ts'
import { backUp, restore } from '../../server/backup/backup.ts'
import { type RunningServer, startServer } from '../../server/start-server.ts'
import { API_BASE } from '../../src/domain/wire.ts'
import { aMessage, anId, byConversation } from '../unit/server/builders.ts'

const postgres = await startPostgres()
if (postgres === undefined) console.warn('Backup was not tested on PostgreSQL: none can be had here.')
process.env.CHATKEEP_POSTGRES_BIN ??= findPostgres() ?? ''
afterAll(() => postgres?.stop())

let folder: string
let server: RunningServer | undefined
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'chatkeep-backup-'))
})
afterEach(async () => {
  await server?.close()
  rmSync(folder, { recursive: true, force: true })
})

async function start(databaseUrl: string): Promise<string> {
  const secret = databaseUrl.startsWith('sqlite:') ? {} : { secret: 'a secret that the operator keeps' }
  server = await startServer({ port: 0, databaseUrl, ...secret })
  return server.url
}

async function signUp(url: string) {
  const email = `${anId()}@example.com`
  const answer = await fetch(`${url}/api/auth/sign-up/email`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ email, password: 'correct horse', name: 'Anna' }),
  })
  const { user } = (await answer.json()) as { user: { id: string } }
  return {
    'Content-Type': 'application/json',
    Authorization: `Bearer ${answer.headers.get('set-auth-token')}`,
    'X-Chatkeep-Account': user.id,
  }
}

async function post(url: string, headers: Record<string, string>, id: string, cursor = '0') {
  const conversations = byConversation([aMessage('c', id)])
  const body = JSON.stringify({ projectId: 'p', cursor, conversations })
  const answer = await fetch(`${url}${API_BASE}/conversations`, { method: 'POST', headers, body })
  const { head = '', code } = (await answer.json()) as { head?: string; code?: string }
  return { status: answer.status, head, code }
}

async function registers(url: string, headers: Record<string, string>): Promise<string[]> {
  const answer = await fetch(`${url}${API_BASE}/conversations?projectId=p&cursor=0`, { headers })
  const { operations } = (await answer.json()) as { operations: { register: string }[] }
  return operations.map(({ register }) => register)
}

const urls: readonly { name: string; isHere: boolean; url: () => string }[] = [
  { name: 'SQLite', isHere: true, url: () => `sqlite:${join(folder, 'data', 'chat.sqlite')}` },
  { name: 'PostgreSQL', isHere: postgres !== undefined, url: () => postgres?.url ?? '' },
]

test.for(urls)(
  'a running server on $name is backed up, and restored with its accounts, sessions and cursors',
  async ({ isHere, url: urlOf }) => {
    if (!isHere) return
    const databaseUrl = urlOf()
    const copy = join(folder, 'copy')
    const before = await start(databaseUrl)
    const headers = await signUp(before)
    const { head } = await post(before, headers, 'kept')
    const posts = Promise.all(
      Array.from({ length: 20 }, (_, index) => post(before, headers, `during-${index}`)),
    )
    await backUp({ databaseUrl, folder: copy })
    await posts
    const { head: newer } = await post(before, headers, 'after')
    await expect(backUp({ databaseUrl, folder: copy })).rejects.toThrow('already')
    await expect(restore({ databaseUrl, folder: copy })).rejects.toThrow('stop it first')
    expect(await registers(before, headers)).toContain('message:after')
    await server?.close()

    const { keptAt } = await restore({ databaseUrl, folder: copy })
    expect(keptAt).toContain('before-restore')
    const after = await start(databaseUrl)
    const found = await registers(after, headers)
    expect(found[0]).toBe('message:kept')
    expect(found).not.toContain('message:after')
    expect(await post(after, headers, 'newer', newer)).toMatchObject({ status: 410, code: 'sync/gone' })
    expect(await post(after, headers, 'older', head)).toMatchObject({ status: 200 })
  },
)

test('a folder that is no backup changes nothing', async () => {
  const databaseUrl = urls[0]?.url() ?? ''
  const url = await start(databaseUrl)
  const headers = await signUp(url)
  await post(url, headers, 'kept')
  await server?.close()
  await expect(restore({ databaseUrl, folder })).rejects.toThrow('no backup')
  expect(await registers(await start(databaseUrl), headers)).toEqual(['message:kept'])
  expect(readdirSync(join(folder, 'data')).filter((name) => name.startsWith('before'))).toEqual([])
})
