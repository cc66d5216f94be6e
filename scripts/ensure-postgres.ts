// Starts a PostgreSQL of its own for tests: a temporary folder, a free port, gone afterwards.
//   npm run ensure-postgres               starts one, prints its URL, stops it on Ctrl-C
//   npm run ensure-postgres -- command …  runs the command with POSTGRES_URL set, then stops it
import { execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { canInstallDebianPackages, installDebianPackages } from './debian.ts'
import { runCommand } from './run-command.ts'

const START_LIMIT_MS = 60_000
const STOP_LIMIT_MS = 20_000
const DEBIAN_VERSIONS = '/usr/lib/postgresql'

export type PostgresServer = {
  /** For an account that may create databases. */
  readonly url: string
  readonly port: number
  /** Kills all its processes at once, as a power cut would. The folder stays until `stop`. */
  kill(): void
  /** Runs one of PostgreSQL's programs as the server's user, in its folder; rejects with its output when it fails. */
  run(program: string, args: readonly string[]): Promise<void>
  /** Stops the server, unless it was killed, and removes its folder. */
  stop(): Promise<void>
}

/** The folder with initdb and pg_ctl: of POSTGRES_BIN, Debian's newest, or undefined. Installs nothing. */
export function findPostgres(): string | undefined {
  const named = process.env.POSTGRES_BIN
  if (named) return named
  if (!existsSync(DEBIAN_VERSIONS)) return undefined
  const versions = readdirSync(DEBIAN_VERSIONS).sort((a, b) => Number(b) - Number(a))
  return versions
    .map((version) => join(DEBIAN_VERSIONS, version, 'bin'))
    .find((bin) => existsSync(join(bin, 'initdb')))
}

/**
 * Resolves to undefined, after saying why, when this machine has no PostgreSQL and none may be installed. Commits wait for
 * the disk only when it `isDurable`, for measurements: tests are quicker without.
 */
export async function startPostgres({
  isDurable = false,
}: {
  readonly isDurable?: boolean
} = {}): Promise<PostgresServer | undefined> {
  if (!findPostgres() && canInstallDebianPackages()) await installDebianPackages(['postgresql'])
  const bin = findPostgres()
  if (!bin) {
    console.error(
      'PostgreSQL is not installed: its tests do not run. Install it, or name its folder in POSTGRES_BIN.',
    )
    return undefined
  }
  const unprivileged = process.getuid?.() === 0 ? userIds('postgres') : undefined
  const owner = unprivileged ? { uid: unprivileged.uid, gid: unprivileged.gid } : {}
  const folder = mkdtempSync('/tmp/chatkeep-postgres-')
  if (unprivileged) execFileSync('chown', [`${unprivileged.uid}:${unprivileged.gid}`, folder])
  const cluster = join(folder, 'cluster')
  const port = await freePort()

  let isKilled = false
  const run = (program: string, args: readonly string[], limitMs: number) =>
    runCommand(join(bin, program), [...args], { limitMs, cwd: folder, ...owner })
  const abandon = () => {
    killPostmaster(cluster)
    rmSync(folder, { recursive: true, force: true })
  }
  process.once('exit', abandon)
  const stop = async () => {
    process.off('exit', abandon)
    if (!isKilled) await run('pg_ctl', ['-D', cluster, '-m', 'immediate', '-w', 'stop'], STOP_LIMIT_MS)
    rmSync(folder, { recursive: true, force: true })
  }

  const init = await run(
    'initdb',
    ['-D', cluster, '-U', 'chatkeep', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync'],
    START_LIMIT_MS,
  )
  const settings = `-p ${port} -c listen_addresses=127.0.0.1 -k ${folder} -c max_connections=200 -c fsync=${isDurable ? 'on' : 'off'}`
  const start =
    init.code === 0
      ? await run(
          'pg_ctl',
          ['-D', cluster, '-l', join(folder, 'log'), '-o', settings, '-w', '-t', '50', 'start'],
          START_LIMIT_MS,
        )
      : init
  if (start.code !== 0) {
    await stop()
    throw new Error(`PostgreSQL in ${bin} did not start:\n${start.output.slice(-2000)}`)
  }
  return {
    url: `postgres://chatkeep@127.0.0.1:${port}/postgres`,
    port,
    kill() {
      isKilled = true
      for (const pid of processesOf(cluster)) killAtOnce(pid)
    },
    async run(program, args) {
      const { code, output } = await run(program, args, START_LIMIT_MS)
      if (code !== 0) throw new Error(`${program} failed:\n${output.slice(-2000)}`)
    },
    stop,
  }
}

/** The postmaster, which is killed first so that it starts nothing again, and its children. */
function processesOf(cluster: string): number[] {
  const postmaster = Number(readFileSync(join(cluster, 'postmaster.pid'), 'utf8').split('\n')[0])
  const children = readFileSync(`/proc/${postmaster}/task/${postmaster}/children`, 'utf8')
  return [postmaster, ...children.trim().split(' ').filter(Boolean).map(Number)]
}

function killAtOnce(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It has just ended by itself.
  }
}

/** For a process that ends without `stop`: ends the server that was started here, by the pid in its own folder. */
function killPostmaster(cluster: string): void {
  try {
    const pid = Number(readFileSync(join(cluster, 'postmaster.pid'), 'utf8').split('\n')[0])
    if (pid > 1) process.kill(pid, 'SIGQUIT')
  } catch {
    // It is not running.
  }
}

function userIds(name: string): { uid: number; gid: number } {
  const id = (flag: string) => Number(execFileSync('id', [flag, name], { encoding: 'utf8' }))
  return { uid: id('-u'), gid: id('-g') }
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.on('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => (address && typeof address === 'object' ? resolve(address.port) : reject(address)))
    })
  })
}

if (import.meta.main) {
  const [command, ...args] = process.argv.slice(2)
  const postgres = await startPostgres()
  if (!postgres) process.exitCode = 1
  else {
    console.log(postgres.url)
    process.exitCode = command ? await runWith(postgres.url, command, args) : await interrupted()
    await postgres.stop()
  }
}

function runWith(url: string, command: string, args: string[]): Promise<number> {
  return new Promise((resolve) => {
    const child = spawn(command, args, { stdio: 'inherit', env: { ...process.env, POSTGRES_URL: url } })
    child.on('error', () => resolve(127))
    child.on('close', (code) => resolve(code ?? 1))
  })
}

function interrupted(): Promise<number> {
  return new Promise((resolve) => {
    const keepAlive = setInterval(() => {}, 60_000)
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.once(signal, () => {
        clearInterval(keepAlive)
        resolve(0)
      })
    }
  })
}
