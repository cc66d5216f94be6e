import type { Context } from 'hono'
import * as v from 'valibot'
import { ACCOUNT_HEADER, headerToAccount } from '../../src/domain/account-header.ts'
import { CURSOR_ZERO } from '../../src/domain/wire.ts'
import { PAGE_BYTES } from '../limits.ts'
import { problem } from '../problem.ts'
import { createRateLimit } from '../rate-limit.ts'
import { parseJson, parseWith, readText } from '../request-body.ts'
import { rowToJson } from '../storage/log-row.ts'
import type { ServerContext, ServerEnv } from './context.ts'

/** What only whoever keeps the accounts can do. */
export type AccountKeeper = {
  /** Whether this is the password of the request's session. */
  confirmPassword(request: Request, password: string): Promise<boolean>
  /** Ends all sessions and removes the account with its credentials. */
  remove(accountId: string): Promise<void>
}

const MAX_BODY_BYTES = 4_096
const ATTEMPTS_PER_MINUTE = 5
const PAGE_OPERATIONS = 500
const passwordSchema = v.strictObject({ password: v.pipe(v.string(), v.minLength(1), v.maxLength(1_000)) })

/** `DELETE /account {password}`: erases all that the account keeps, then the account. 204 when nothing is left. */
export function createDeleteAccount(server: ServerContext, keeper: AccountKeeper) {
  const attempts = createRateLimit(ATTEMPTS_PER_MINUTE, server.now)
  return async (c: Context<ServerEnv>): Promise<Response> => {
    const { accountId } = c.get('session')
    const { password } = parseWith(passwordSchema, parseJson(await readText(c.req.raw, MAX_BODY_BYTES)))
    const { isAllowed, retryAfterSeconds } = attempts.take(accountId)
    if (!isAllowed) return problem(429, 'sync/too-many-requests', { retryAfter: retryAfterSeconds })
    if (!(await keeper.confirmPassword(c.req.raw, password))) {
      return problem(403, 'sync/rejected', {
        detail: 'This is not the account’s password. Nothing was erased.',
        details: { reason: 'password' },
      })
    }
    // The chats first: if this breaks off, the account can still sign in and ask again.
    await server.storage.eraseAccount({ account: accountId, now: server.now() })
    await keeper.remove(accountId)
    // A request that was on its way may have begun a project in between; nobody can begin another one now.
    await server.storage.eraseAccount({ account: accountId, now: server.now() })
    return new Response(null, { status: 204, headers: { 'Cache-Control': 'no-store' } })
  }
}

/**
 * `GET /account/export`: everything that the account keeps as lines of JSON, read page by page while it is sent. The first
 * line says what it is; each project has a line, then its operations and purges as the protocol has them; the last line
 * counts them, so that a file that broke off can be told.
 */
export function exportAccount({ storage, now }: ServerContext, c: Context<ServerEnv>): Response {
  const { accountId, email } = c.get('session')
  async function* lines(): AsyncGenerator<string> {
    let entries = 0
    yield JSON.stringify({ chatkeep: 'account', version: 1, accountId, email, exportedAt: now() })
    for (const projectId of await storage.listProjects(accountId)) {
      yield JSON.stringify({ projectId })
      for (let cursor = CURSOR_ZERO, more = true; more; ) {
        const asked = { account: accountId, projectId, cursor, limit: PAGE_OPERATIONS, maxBytes: PAGE_BYTES }
        const page = await storage.readDelta(asked)
        for (const row of [...page.operations, ...page.purges]) {
          entries += 1
          yield rowToJson(row)
        }
        ;({ cursor, more } = page)
      }
    }
    yield JSON.stringify({ end: true, entries })
  }
  return new Response(linesToStream(lines()), {
    headers: {
      'Content-Type': 'application/x-ndjson',
      'Content-Disposition': 'attachment; filename="chatkeep-account.ndjson"',
      'Cache-Control': 'no-store',
    },
  })
}

/** Nothing is read before it is asked for: a slow reader costs no memory. */
function linesToStream(lines: AsyncGenerator<string>): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder()
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await lines.next()
      if (done) controller.close()
      else controller.enqueue(encoder.encode(`${value}\n`))
    },
    async cancel() {
      await lines.return(undefined)
    },
  })
}

/** The answer to a device whose account is gone, and with it the session; null for any other request without a session. */
export async function goneAccount({ storage }: ServerContext, request: Request): Promise<Response | null> {
  const account = headerToAccount(request.headers.get(ACCOUNT_HEADER) ?? '')
  if (account === null || account === '' || account.length > 200 || !(await storage.isErased(account)))
    return null
  return problem(410, 'account/gone', {
    detail: 'This account was deleted. What this device keeps is still there, and can be exported.',
  })
}
