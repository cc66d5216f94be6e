import { randomBytes } from 'node:crypto'
import { API_BASE, CURSOR_ZERO } from '../src/domain/wire.ts'

type Operation = Readonly<Record<string, unknown>> & { readonly id: string }

/** A device that posts one operation after the other, and remembers which the server acknowledged. */
export type DrillWriter = {
  readonly headers: Readonly<Record<string, string>>
  readonly acknowledged: ReadonlySet<string>
  readonly unanswered: readonly Operation[]
  /** Posts on several connections; calls back once when so many are acknowledged, and goes on until the server fails. */
  write(operations: number, reached: () => void): Promise<void>
  send(url: string, operation: Operation): Promise<boolean>
}

const CONNECTIONS = 4
const GIVE_UP_MS = 5_000

export async function startWriter(url: string): Promise<DrillWriter> {
  const headers = await signUp(url)
  const acknowledged = new Set<string>()
  const unanswered: Operation[] = []

  async function send(to: string, operation: Operation): Promise<boolean> {
    const body = {
      projectId: 'drill',
      cursor: CURSOR_ZERO,
      conversations: [{ id: 'drill', operations: [operation] }],
    }
    try {
      const answer = await fetch(`${to}${API_BASE}/conversations`, {
        method: 'POST',
        headers,
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(GIVE_UP_MS),
      })
      const { accepted = [] } = (await answer.json()) as { accepted?: string[] }
      return accepted.includes(operation.id)
    } catch {
      // No answer: the operation may or may not be there. That is what the drill is about.
      return false
    }
  }

  return {
    headers,
    acknowledged,
    unanswered,
    send,
    async write(operations, reached) {
      let hasReached = false
      async function connection(): Promise<void> {
        for (;;) {
          const operation = anOperation()
          if (!(await send(url, operation))) {
            unanswered.push(operation)
            return
          }
          acknowledged.add(operation.id)
          if (acknowledged.size >= operations && !hasReached) {
            hasReached = true
            reached()
          }
        }
      }
      await Promise.all(Array.from({ length: CONNECTIONS }, connection))
    },
  }
}

function anOperation(): Operation {
  const id = randomBytes(16).toString('base64url')
  const message = { id, role: 'user', parts: [{ type: 'text', text: `written as ${id}` }] }
  return {
    kind: 'set',
    id,
    conversationId: 'drill',
    register: `message:${id}`,
    stamp: Date.now(),
    overwrites: [],
    value: { parentId: null, born: Date.now(), createdAt: Date.now(), status: 'complete', message },
  }
}

async function signUp(url: string): Promise<Record<string, string>> {
  const answer = await fetch(`${url}/api/auth/sign-up/email`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ email: 'drill@example.com', password: 'a password of the drill', name: 'Drill' }),
  })
  if (!answer.ok) throw new Error(`Signing up answered ${answer.status}.`)
  const { user } = (await answer.json()) as { user: { id: string } }
  return {
    'Content-Type': 'application/json',
    Authorization: `Bearer ${answer.headers.get('set-auth-token')}`,
    'X-Chatkeep-Account': user.id,
  }
}
