import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

export type Device = { readonly account: string; readonly headers: Readonly<Record<string, string>> }

/** The server as a process of its own, and one device of each of some accounts. */
export type MeasuredCloud = {
  readonly url: string
  readonly devices: readonly Device[]
  /** CPU time that the server has used; undefined where the system does not tell. */
  cpuMs(): number | undefined
  stop(): Promise<void>
}

const MAIN = fileURLToPath(new URL('../../server/main.ts', import.meta.url))
const LISTENS = /listens on (\S+)/

export async function startCloud(databaseUrl: string, accounts: number): Promise<MeasuredCloud> {
  const child = spawn(process.execPath, [MAIN, '--port', '0'], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      ...process.env,
      CHATKEEP_DATABASE_URL: databaseUrl,
      CHATKEEP_SECRET: 'a secret of the benchmark, not of anybody else',
      CHATKEEP_REQUESTS_PER_MINUTE: '1000000000',
      CHATKEEP_SIGN_INS_PER_MINUTE: '1000',
    },
  })
  const url = await addressOf(child)
  const devices: Device[] = []
  for (let account = 0; account < accounts; account++) devices.push(await signUp(url, account))
  return {
    url,
    devices,
    cpuMs: () => (child.pid === undefined ? undefined : cpuMsOf(child.pid)),
    async stop() {
      const ended = new Promise((resolve) => child.once('exit', resolve))
      child.kill('SIGTERM')
      await ended
    },
  }
}

/** From Linux's own books, in its ticks of 10 ms. */
function cpuMsOf(pid: number): number | undefined {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ')
    return (Number(fields?.[11]) + Number(fields?.[12])) * 10
  } catch {
    return undefined
  }
}

async function signUp(url: string, index: number): Promise<Device> {
  const email = `bench-${process.pid}-${Date.now()}-${index}@example.com`
  const answer = await fetch(`${url}/api/auth/sign-up/email`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ email, password: 'a password of the benchmark', name: 'Bench' }),
  })
  if (!answer.ok) throw new Error(`Signing up answered ${answer.status}.`)
  const { user } = (await answer.json()) as { user: { id: string } }
  return {
    account: user.id,
    headers: {
      Authorization: `Bearer ${answer.headers.get('set-auth-token')}`,
      'X-Chatkeep-Account': user.id,
      'Content-Type': 'application/json',
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
