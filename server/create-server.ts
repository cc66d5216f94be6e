import { Hono } from 'hono'
import { cors } from 'hono/cors'
import { HTTPException } from 'hono/http-exception'
import { ACCOUNT_HEADER, accountToHeader } from '../src/domain/account-header.ts'
import { API_BASE, type Limits } from '../src/domain/wire.ts'
import { METADATA_PATH } from './auth/device-grant.ts'
import { DEFAULT_LIMITS } from './limits.ts'
import { createMetrics } from './metrics.ts'
import { OBSERVED_PATHS, observeRequests, type RequestLog } from './observe-requests.ts'
import { refuseForeignOrigin } from './origin-rules.ts'
import { errorToProblem, problem } from './problem.ts'
import { createRateLimit } from './rate-limit.ts'
import { type AccountKeeper, createDeleteAccount, exportAccount, goneAccount } from './routes/account.ts'
import { jsonAnswer } from './routes/answer.ts'
import type { ServerContext, ServerEnv } from './routes/context.ts'
import { createEventStreams, getEvents } from './routes/events.ts'
import { getConversations } from './routes/list-conversations.ts'
import { deleteConversation, getConversation } from './routes/one-conversation.ts'
import { postConversations } from './routes/post-conversations.ts'
import { type Authenticate, checkSession } from './session.ts'
import { StartFailure } from './start-failure.ts'
import type { ChatStorage } from './storage/chat-storage.ts'

export type ChatkeepServerOptions = {
  /** `await openStorage(url)`; closed by `close`. */
  readonly storage: ChatStorage
  readonly authenticate: Authenticate
  /** Serves `/api/auth/*`: sign-up, sign-in, sign-out. Absent: the app has accounts of its own. */
  readonly authHandler?: (request: Request) => Promise<Response>
  /** Lets people delete their account (`DELETE /account`). Absent: the app has accounts of its own, and erases what they kept by `storage.eraseAccount`. */
  readonly accountKeeper?: AccountKeeper
  /** Origins of other sites whose pages may use this server, like `https://app.example.com`. */
  readonly allowedOrigins?: readonly string[]
  /** What is not named is as in `DEFAULT_LIMITS`. */
  readonly limits?: Partial<Limits>
  /** Called after each request, without content, ids or addresses. */
  readonly log?: (entry: RequestLog) => void
  /** Milliseconds since 1970. */
  readonly now?: () => number
  /** Milliseconds between heartbeats of an event stream; also how long one outlives its session. Default 25 000. */
  readonly heartbeatMs?: number
}

export type ChatkeepServer = {
  /** Mount it (`app.route('/', chatkeep.app)`) or serve its `fetch`. */
  readonly app: Hono<ServerEnv>
  /** Ends the event streams, which would otherwise keep a server from stopping; new ones end at once. */
  endStreams(): void
  /** Ends event streams and closes the storage. Stop accepting requests first. */
  close(): Promise<void>
}

/** The cloud API below `/api/v1/chat`, with `/healthz`, `/readyz`, `/metrics` and its description at `/openapi.json`. */
export function createChatkeepServer(options: ChatkeepServerOptions): ChatkeepServer {
  const { storage, authHandler, allowedOrigins = [], log, now = Date.now } = options
  if (typeof storage?.ping !== 'function' || typeof options.authenticate !== 'function')
    throw new StartFailure(
      'server/option-missing',
      'createChatkeepServer needs storage (await openStorage(url)) and authenticate (a function). Nothing was changed.',
    )
  const authenticate: Authenticate = async (request) => checkSession(await options.authenticate(request))
  const limits = { ...DEFAULT_LIMITS, ...options.limits }
  const metrics = createMetrics()
  const closing = new AbortController()
  const rate = createRateLimit(limits.requestsPerMinute, now)
  const streams = createEventStreams()
  const server: ServerContext = {
    storage,
    authenticate,
    limits,
    metrics,
    now,
    heartbeatMs: options.heartbeatMs ?? 25_000,
    closing: closing.signal,
  }
  const errors = new WeakMap<Request, string>()
  const app = new Hono<ServerEnv>()

  app.on('ALL', OBSERVED_PATHS, observeRequests({ metrics, log, now, errors }))
  const guarded = [`${API_BASE}/*`, ...(authHandler === undefined ? [] : ['/api/auth/*'])]
  app.on(
    'ALL',
    guarded,
    cors({
      origin: (origin) => (allowedOrigins.includes(origin) ? origin : null),
      credentials: true,
      allowMethods: ['GET', 'POST', 'DELETE'],
      allowHeaders: [
        'Authorization',
        'Content-Type',
        'Idempotency-Key',
        'If-Match',
        'If-None-Match',
        ACCOUNT_HEADER,
      ],
      exposeHeaders: ['ETag', 'Retry-After', 'Idempotency-Key', 'Location', 'Date', 'set-auth-token'],
      maxAge: 600,
    }),
  )
  app.use(`${API_BASE}/*`, async (c, next) => refuseForeignOrigin(c.req.raw, allowedOrigins) ?? next())
  // The handler of accounts looks at origins itself: what the device grant's clients send is no page's.
  if (authHandler !== undefined)
    app.on(['GET', 'POST'], ['/api/auth/*', METADATA_PATH], (c) => authHandler(c.req.raw))

  app.use(`${API_BASE}/*`, async (c, next) => {
    const session = await authenticate(c.req.raw)
    if (session === null) {
      const gone = await goneAccount(server, c.req.raw)
      if (gone !== null) return gone
      return problem(401, 'sync/auth-required', {
        detail: 'Sign in first. What waits on the device stays there.',
      })
    }
    const { isAllowed, retryAfterSeconds } = rate.take(session.accountId)
    if (!isAllowed) return problem(429, 'sync/too-many-requests', { retryAfter: retryAfterSeconds })
    c.set('session', session)
    await next()
    c.header('Cache-Control', 'no-store')
    const key = c.req.header('Idempotency-Key')
    if (key !== undefined && /^[\x20-\x7e]{1,200}$/.test(key)) c.header('Idempotency-Key', key)
    return undefined
  })
  for (const path of ['conversations', 'conversations/*', 'events', 'projects', 'account', 'account/*']) {
    app.use(`${API_BASE}/${path}`, async (c, next) => {
      if (c.req.header(ACCOUNT_HEADER) === accountToHeader(c.get('session').accountId)) return next()
      return problem(401, 'sync/wrong-account', {
        detail: `${ACCOUNT_HEADER} does not name the session’s account. Nothing was read or stored.`,
      })
    })
  }
  app.post(`${API_BASE}/conversations`, (c) => postConversations(server, c))
  app.get(`${API_BASE}/conversations`, (c) => getConversations(server, c))
  app.get(`${API_BASE}/conversations/:id`, (c) => getConversation(server, c))
  app.delete(`${API_BASE}/conversations/:id`, (c) => deleteConversation(server, c))
  app.get(`${API_BASE}/events`, (c) => getEvents(server, streams, c))
  app.get(`${API_BASE}/projects`, async (c) => {
    const projects = await storage.listProjects(c.get('session').accountId)
    return jsonAnswer(JSON.stringify({ projects: projects.map((projectId) => ({ projectId })) }))
  })
  app.get(`${API_BASE}/account/export`, (c) => exportAccount(server, c))
  if (options.accountKeeper !== undefined)
    app.delete(`${API_BASE}/account`, createDeleteAccount(server, options.accountKeeper))
  app.get(`${API_BASE}/limits`, () => jsonAnswer(JSON.stringify(limits)))
  app.get(`${API_BASE}/session`, (c) => {
    const { accountId, email } = c.get('session')
    return jsonAnswer(JSON.stringify({ accountId, email }))
  })

  app.get('/healthz', () => new Response('ok\n', { headers: { 'Cache-Control': 'no-store' } }))
  app.get('/readyz', async () => {
    try {
      if (closing.signal.aborted) throw new Error('closing')
      await storage.ping()
      return new Response('ready\n', { headers: { 'Cache-Control': 'no-store' } })
    } catch {
      return problem(503, 'sync/server-error', {
        detail: 'The database does not answer, or the server is closing.',
      })
    }
  })
  app.get(
    '/metrics',
    () => new Response(metrics.text(), { headers: { 'Content-Type': 'text/plain; version=0.0.4' } }),
  )
  app.get('/openapi.json', async () => {
    const { openApiDocument } = await import('./routes/openapi.ts')
    return jsonAnswer(openApiDocument())
  })

  const noRoute = () => problem(404, 'input/not-found', { detail: 'There is no such route.' })
  app.all(`${API_BASE}/*`, noRoute)
  app.notFound((c) => (c.req.path.startsWith('/api/') ? noRoute() : c.text('Not found', 404)))
  app.onError((error, c) => {
    if (error instanceof HTTPException) return problem(error.status, 'sync/rejected')
    const answer = errorToProblem(error)
    if (answer.status >= 500) {
      const { name, code } = error as { name: string; code?: unknown }
      errors.set(c.req.raw, code === undefined ? name : `${name} ${String(code)}`)
    }
    return answer
  })

  return {
    app,
    endStreams: () => closing.abort(),
    async close() {
      closing.abort()
      await storage.close()
    },
  }
}
