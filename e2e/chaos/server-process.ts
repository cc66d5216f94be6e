import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Front } from '../harness/front.ts'

/** The server as a process of its own, as an operator runs it. */
export type ServerProcess = {
  start(): Promise<void>
  /** SIGKILL, in the middle of whatever it does. */
  kill(): Promise<void>
  /** Asks it to finish, and waits until it has. */
  stop(): Promise<void>
}

const PROGRAM = fileURLToPath(new URL('../../dist/server/main.js', import.meta.url))

/** A server on this database, behind a front; what it prints goes to `tell`. */
export function serverProcess(
  front: Front,
  options: { readonly databaseUrl: string; readonly site: string; readonly tell: (line: string) => void },
): ServerProcess {
  let running: ChildProcess | undefined

  async function end(signal: NodeJS.Signals): Promise<void> {
    const ending = running
    running = undefined
    front.setUpstream(undefined)
    if (ending === undefined || ending.exitCode !== null) return
    const exited = once(ending, 'exit')
    ending.kill(signal)
    await exited
  }

  return {
    async start() {
      const child = spawn(process.execPath, [PROGRAM], {
        stdio: ['ignore', 'pipe', 'pipe'],
        env: {
          ...process.env,
          PORT: '0',
          CHATKEEP_DATABASE_URL: options.databaseUrl,
          CHATKEEP_SECRET: 'a secret that is only used by this run',
          CHATKEEP_STATIC: options.site,
          CHATKEEP_REQUESTS_PER_MINUTE: '1000000',
          CHATKEEP_SIGN_INS_PER_MINUTE: '1000',
        },
      })
      running = child
      const gone = once(child, 'exit').then(() => {
        throw new Error('The server ended before it listened.')
      })
      gone.catch(() => {}) // After its start nobody waits for its end.
      createInterface(child.stderr).on('line', (line) => options.tell(`server: ${line}`))
      const listening = new Promise<URL>((resolve) => {
        createInterface(child.stdout).on('line', (line) => {
          const [, address] = /listens on (\S+)/.exec(line) ?? []
          if (address === undefined) options.tell(`server: ${line}`)
          else resolve(new URL(address))
        })
      })
      const { hostname: host, port } = await Promise.race([listening, gone])
      front.setUpstream({ host, port: Number(port) })
    },
    kill: () => end('SIGKILL'),
    stop: () => end('SIGTERM'),
  }
}
