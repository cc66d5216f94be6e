import type { Context, MiddlewareHandler } from 'hono'
import { API_BASE } from '../src/domain/wire.ts'
import type { Metrics } from './metrics.ts'
import type { ServerEnv } from './routes/context.ts'

/** One finished request, without content, ids or addresses. */
export type RequestLog = {
  readonly method: string
  /** The route's pattern, not the path: a path holds ids. */
  readonly route: string
  readonly status: number
  readonly milliseconds: number
  /** Name and code of the error behind a 500. */
  readonly error?: string
}

const METHODS = new Set(['GET', 'HEAD', 'POST', 'DELETE', 'OPTIONS', 'PUT', 'PATCH'])

/** Paths of our own: an app that mounts this one has others. */
export const OBSERVED_PATHS = [
  `${API_BASE}/*`,
  '/api/auth/*',
  '/healthz',
  '/readyz',
  '/metrics',
  '/openapi.json',
]

/** Counts, times and logs each request. `errors`: what stands behind a 500, by request. */
export function observeRequests(options: {
  readonly metrics: Metrics
  readonly log: ((entry: RequestLog) => void) | undefined
  readonly now: () => number
  readonly errors: WeakMap<Request, string>
}): MiddlewareHandler<ServerEnv> {
  const { metrics, log, now, errors } = options
  return async (c, next) => {
    const startedAt = performance.now()
    const finished = metrics.requestStarted()
    try {
      await next()
    } finally {
      finished()
    }
    const milliseconds = performance.now() - startedAt
    const route = routeOf(c)
    const method = METHODS.has(c.req.method) ? c.req.method : 'OTHER'
    c.header('X-Content-Type-Options', 'nosniff')
    c.header('Date', new Date(now()).toUTCString())
    const { status } = c.res
    const error = errors.get(c.req.raw)
    metrics.requestFinished({ method, route, status, seconds: milliseconds / 1_000 })
    log?.({
      method,
      route,
      status,
      milliseconds: Math.round(milliseconds),
      ...(error === undefined ? {} : { error }),
    })
  }
}

/** The pattern that answered, for logs and metrics. */
function routeOf(c: Context<ServerEnv>): string {
  const { path } = c.req
  if (path.startsWith(`${API_BASE}/conversations/`)) return `${API_BASE}/conversations/:id`
  if (path.startsWith('/api/auth/')) return '/api/auth/*'
  const known = [
    '/conversations',
    '/events',
    '/projects',
    '/limits',
    '/session',
    '/account',
    '/account/export',
  ].map((each) => API_BASE + each)
  return [...known, '/healthz', '/readyz', '/metrics', '/openapi.json'].includes(path) ? path : '*'
}
