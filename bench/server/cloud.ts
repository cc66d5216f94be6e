import { readFileSync } from 'node:fs'
import { startServerProcess } from '../../scripts/server-process.ts'

export type Device = { readonly account: string; readonly headers: Readonly<Record<string, string>> }

/** The server as a process of its own, and one device of each of some accounts. */
export type MeasuredCloud = {
  readonly url: string
  readonly devices: readonly Device[]
  /** CPU time that the server has used; undefined where the system does not tell. */
  cpuMs(): number | undefined
  stop(): Promise<void>
}

export async function startCloud(databaseUrl: string, accounts: number): Promise<MeasuredCloud> {
  const server = await startServerProcess(databaseUrl)
  const devices: Device[] = []
  for (let account = 0; account < accounts; account++) devices.push(await signUp(server.url, account))
  return { url: server.url, devices, cpuMs: () => cpuMsOf(server.pid), stop: server.stop }
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
