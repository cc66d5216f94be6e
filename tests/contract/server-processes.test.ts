import { createHash } from 'node:crypto'
import pg from 'pg'
import { afterAll, expect, test } from 'vitest'
import { type PostgresServer, startPostgres } from '../../scripts/ensure-postgres.ts'
import { type ServerProcess, startServerProcess } from '../../scripts/server-process.ts'
import type { LogTable } from '../../server/storage/schema.ts'
import { API_BASE, CURSOR_ZERO } from '../../src/domain/wire.ts'
import { aMessage, anId, aPurge, byConversation } from '../unit/server/builders.ts'

const postgres: Pick<PostgresServer, 'url' | 'stop'> | undefined = process.env.POSTGRES_URL
  ? { url: process.env.POSTGRES_URL, stop: async () => {} }
  : await startPostgres()
if (postgres === undefined)
  console.warn('The tests of several server processes did not run: no PostgreSQL can be had here.')
const [one, two] =
  postgres === undefined
    ? []
    : await Promise.all([startServerProcess(postgres.url), startServerProcess(postgres.url)])
afterAll(async () => {
  await Promise.all([one?.stop(), two?.stop()])
  await postgres?.stop()
})

type Headers = Readonly<Record<string, string>>

async function signUp({ url }: ServerProcess): Promise<Headers> {
  const answer = await fetch(`${url}/api/auth/sign-up/email`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ email: `${anId()}@example.com`, password: 'correct horse', name: 'Anna' }),
  })
  const { user } = (await answer.json()) as { user: { id: string } }
  return {
    'Content-Type': 'application/json',
    Authorization: `Bearer ${answer.headers.get('set-auth-token')}`,
    'X-Chatkeep-Account': user.id,
  }
}

function post({ url }: ServerProcess, headers: Headers, operations: readonly { conversationId: string }[]) {
  return fetch(`${url}${API_BASE}/conversations`, {
    method: 'POST',
    headers,
    body: JSON.stringify({
      projectId: 'p',
      cursor: CURSOR_ZERO,
      conversations: byConversation(operations),
    }),
  })
}

/** An event stream; `until` answers all that it has told when the condition holds. */
function eventsOf(stream: Response) {
  const reader = stream.body?.pipeThrough(new TextDecoderStream()).getReader()
  let text = ''
  return {
    async until(isEnough: (text: string) => boolean): Promise<string> {
      while (!isEnough(text)) {
        const chunk = await reader?.read()
        if (chunk === undefined || chunk.done) throw new Error(`The stream ended after: ${text}`)
        text += chunk.value
      }
      return text
    },
    end: () => reader?.cancel(),
  }
}

test.skipIf(one === undefined)('a poke crosses from one server process to the other', async () => {
  if (one === undefined || two === undefined) return
  const headers = await signUp(one)
  const events = eventsOf(await fetch(`${two.url}${API_BASE}/events?projectId=p`, { headers }))
  // The first poke says where the log ends; only then is the stream listening.
  await events.until((text) => /event: poke[\s\S]*\n\n/.test(text))
  const posted = await post(one, headers, [aMessage('c', 'a')])
  const { head } = (await posted.json()) as { head: string }
  expect(await events.until((text) => text.includes(head))).toMatch(/event: poke[\s\S]*event: poke/)
  await events.end()
})

test.skipIf(one === undefined)(
  'posts to one space by two processes at once leave its log dense and its digests chained',
  async () => {
    if (one === undefined || two === undefined || postgres === undefined) return
    const headers = await signUp(one)
    const repeated = aMessage('shared', 'repeated')
    const answers = await Promise.all(
      Array.from({ length: 24 }, (_, index) => {
        const mine = [aMessage('shared', `m${index}`), aMessage(`own-${index}`, 'm'), repeated]
        return post(index % 2 === 0 ? one : two, headers, [...mine, aPurge('shared', [anId()])])
      }),
    )
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200))

    const rows = await readLog(postgres.url, headers['X-Chatkeep-Account'] ?? '')
    expect(rows).toHaveLength(24 * 3 + 1)
    let digest = 0n
    for (const [index, row] of rows.entries()) {
      expect(Number(row.seq)).toBe(index + 1)
      const hash = createHash('sha256').update(row.id).update('\n')
      hash.update(`${row.kind} ${row.register} ${row.stamp} ${row.links} ${row.body}`)
      digest = BigInt.asUintN(64, digest + hash.digest().readBigUInt64BE(0))
      expect(row.digest).toBe(digest.toString(16).padStart(16, '0'))
    }
    const heads = await Promise.all(
      answers.map(async (answer) => ((await answer.json()) as { head: string }).head),
    )
    expect(new Set(heads).size).toBe(24)
    expect(heads.some((head) => head.endsWith(`.${rows.length}.${rows.at(-1)?.digest}`))).toBe(true)
  },
)

async function readLog(url: string, account: string): Promise<LogTable[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    const { rows } = await client.query<LogTable>(
      `select log.* from chatkeep.log join chatkeep.projects using (space)
       where projects.account = $1 order by seq`,
      [account],
    )
    return rows
  } finally {
    await client.end()
  }
}
