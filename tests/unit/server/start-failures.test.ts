import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { toStartFailure } from '../../../server/start-failure.ts'

const MAIN = fileURLToPath(new URL('../../../server/main.ts', import.meta.url))
const SECRET = 'a secret that only this test knows, long enough'
let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'chatkeep-start-'))
  writeFileSync(
    join(folder, 'text'),
    'This is no database, and long enough to be read as the head of one. '.repeat(9),
  )
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

type Start = { readonly args?: readonly string[]; readonly env?: Readonly<Record<string, string>> }

/** Really starts the program, in a folder of its own; what it said when it ended. */
function run({
  args = ['--port', '0'],
  env = {},
}: Start): Promise<{ code: number | null; said: string; printed: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [MAIN, ...args], {
      cwd: folder,
      env: { PATH: process.env.PATH, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let said = ''
    let printed = ''
    child.stderr.on('data', (chunk: Buffer) => {
      said += chunk.toString()
    })
    child.stdout.on('data', (chunk: Buffer) => {
      printed += chunk.toString()
      if (!printed.includes('listens on')) return
      child.kill('SIGKILL')
      reject(new Error('The server started.'))
    })
    child.once('error', reject)
    child.once('close', (code) => resolve({ code, said, printed }))
  })
}

/** An install that lacks a package, as Node's resolver sees it. */
function without(name: string): string {
  const hook = `import { registerHooks } from 'node:module'
    registerHooks({ resolve(id, context, next) {
      if (id !== '${name}') return next(id, context)
      throw Object.assign(new Error("Cannot find package '${name}'"), { code: 'ERR_MODULE_NOT_FOUND' })
    } })`
  return `--import data:text/javascript,${encodeURIComponent(hook)}`
}

const nobody = { CHATKEEP_DATABASE_URL: 'postgres://ada:hidden@127.0.0.1:1/chats', CHATKEEP_SECRET: SECRET }
const CASES: readonly (readonly [what: string, code: string, start: Start])[] = [
  ['a folder to serve that is not there', 'static-missing', { args: ['--port', '0', '--static', 'nowhere'] }],
  ['a file in the place of a folder to serve', 'static-missing', { env: { CHATKEEP_STATIC: 'text' } }],
  ['a PostgreSQL that does not answer', 'database-unreachable', { env: nobody }],
  ['PostgreSQL without a secret', 'secret-missing', { env: { ...nobody, CHATKEEP_SECRET: '' } }],
  ['a file that is no database', 'not-a-database', { env: { CHATKEEP_DATABASE_URL: 'sqlite:text' } }],
  [
    'a folder that cannot be made',
    'folder-not-writable',
    { env: { CHATKEEP_DATABASE_URL: 'sqlite:text/a/b' } },
  ],
  ['a folder as the database', 'folder-not-writable', { env: { CHATKEEP_DATABASE_URL: 'sqlite:.' } }],
  ['an address of another machine', 'host-unknown', { args: ['--port', '0', '--host', '192.0.2.1'] }],
  ['a missing package of PostgreSQL', 'package-missing', { env: { ...nobody, NODE_OPTIONS: without('pg') } }],
  ['a missing package of accounts', 'package-missing', { env: { NODE_OPTIONS: without('better-auth') } }],
  ['a missing package of the server', 'package-missing', { env: { NODE_OPTIONS: without('hono') } }],
  ['a Node without SQLite', 'node-too-old', { env: { NODE_OPTIONS: '--no-experimental-sqlite' } }],
  ['a secret of three characters', 'setting-invalid', { env: { CHATKEEP_SECRET: 'abc' } }],
  ['a public URL without a scheme', 'setting-invalid', { env: { CHATKEEP_PUBLIC_URL: 'chat.example' } }],
  [
    'an allowed origin with a path',
    'setting-invalid',
    { env: { CHATKEEP_ALLOWED_ORIGINS: 'https://a.example/b' } },
  ],
  ['a port that is no number', 'setting-invalid', { args: ['--port', '80a'] }],
  ['a port beyond the last', 'setting-invalid', { args: ['--port', '65536'] }],
  ['a limit in another notation', 'setting-invalid', { env: { CHATKEEP_MAX_PAGE: '1e3' } }],
  ['a database of another kind', 'setting-invalid', { env: { CHATKEEP_DATABASE_URL: 'mysql://a/b' } }],
  ['an unknown command', 'command-unknown', { args: ['bakcup', 'there'] }],
  ['an unknown option', 'command-unknown', { args: ['--prot', '80'] }],
  ['an option without its value', 'command-unknown', { args: ['--port'] }],
  ['a backup of what is not there', 'database-missing', { args: ['backup', 'copy'] }],
  ['a backup into what is there', 'backup-exists', { args: ['backup', 'text'] }],
  ['a restore of what is not there', 'backup-invalid', { args: ['restore', 'nowhere'] }],
  ['a restore of a folder that is no backup', 'backup-invalid', { args: ['restore', '.'] }],
  [
    'a missing pg_dump',
    'program-missing',
    { args: ['backup', 'copy'], env: { ...nobody, CHATKEEP_POSTGRES_BIN: '/nowhere' } },
  ],
]

test.each(CASES)('the program ends with one clear message: %s', async (_what, code, start) => {
  const { code: exitCode, said } = await run(start)
  expect(said).toContain(`chatkeep failed (server/${code}): `)
  expect(said.trim().split('\n')).toHaveLength(1)
  expect(said).not.toContain('hidden')
  expect(exitCode).toBe(1)
  expect(existsSync(join(folder, 'copy.growing'))).toBe(false)
})

test.each(['--help', '-h'])('the program says what it can do, and starts nothing: %s', async (option) => {
  const { code, said, printed } = await run({ args: [option] })
  for (const word of ['backup <folder>', 'restore <folder>', '--port', '--host', '--static'])
    expect(printed).toContain(word)
  expect(printed).toContain('CHATKEEP_DATABASE_URL')
  expect([code, said]).toEqual([0, ''])
})

test('the program ends with one clear message: a port that is in use', async () => {
  const other = createServer()
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
  const address = other.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const { code, said } = await run({ args: ['--port', String(port)] })
  await new Promise((resolve) => other.close(resolve))
  expect(said).toMatch(/^chatkeep failed \(server\/port-in-use\): .+\n$/)
  expect(code).toBe(1)
})

test('a port that the system keeps for itself is named', () => {
  const error = Object.assign(new Error('listen EACCES'), { code: 'EACCES', syscall: 'listen' })
  const context = { host: '127.0.0.1', port: 80, databaseUrl: 'sqlite:chats.sqlite' }
  expect(toStartFailure(error, context)).toMatchObject({ code: 'server/port-refused' })
})
