import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** The cloud as a process of its own, from source. */
export type ServerProcess = {
  readonly url: string
  readonly pid: number
  /** Ends it as an operator would. */
  stop(): Promise<void>
}

const MAIN = fileURLToPath(new URL('../server/main.ts', import.meta.url))
const LISTENS = /listens on (\S+)/

/** Starts it on a free port; resolves when it listens. Ends with this process. */
export async function startServerProcess(
  databaseUrl: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<ServerProcess> {
  const child = spawn(process.execPath, [MAIN, '--port', '0'], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      ...process.env,
      CHATKEEP_DATABASE_URL: databaseUrl,
      CHATKEEP_SECRET: 'a secret that all processes of this test know',
      CHATKEEP_REQUESTS_PER_MINUTE: '1000000000',
      CHATKEEP_SIGN_INS_PER_MINUTE: '100000',
      ...environment,
    },
  })
  const ended = new Promise((resolve) => child.once('exit', resolve))
  const abandon = () => child.kill('SIGKILL')
  process.once('exit', abandon)
  return {
    url: await addressOf(child),
    pid: child.pid ?? 0,
    async stop() {
      process.off('exit', abandon)
      child.kill('SIGTERM')
      await ended
    },
  }
}

function addressOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = ''
    child.once('exit', (code) => reject(new Error(`The server ended with ${code} before it listened.`)))
    child.stdout?.on('data', (chunk: Buffer) => {
      text += chunk.toString()
      const url = LISTENS.exec(text)?.[1]
      if (url !== undefined) resolve(url)
    })
  })
}
