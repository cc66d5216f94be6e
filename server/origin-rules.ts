import { problem } from './problem.ts'

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS'])

/**
 * Refuses what a page of another origin could make a browser send with the user's cookies: a changing request without a
 * bearer needs an `Origin` that is the server's own or on the allow-list, and one with a body has to be JSON (which a form
 * cannot send). Null when the request may pass.
 */
export function refuseForeignOrigin(request: Request, allowedOrigins: readonly string[]): Response | null {
  if (SAFE_METHODS.has(request.method)) return null
  const origin = request.headers.get('Origin')
  const hasCookie = request.headers.has('Cookie') && !request.headers.has('Authorization')
  if (origin === null ? hasCookie : !isAllowedOrigin(origin, request, allowedOrigins)) {
    return problem(403, 'sync/rejected', {
      detail:
        'The Origin of this request is not allowed. Nothing was changed; send it from the server’s own pages, or let that origin in (CHATKEEP_ALLOWED_ORIGINS, `allowedOrigins`; a proxy has to pass the page’s Host on).',
      details: { reason: 'origin' },
    })
  }
  const hasBody = request.method === 'POST' || request.headers.has('Content-Type')
  if (hasBody && !isJson(request.headers.get('Content-Type'))) {
    return problem(hasCookie ? 403 : 415, 'sync/rejected', {
      detail: 'The body has to be sent as application/json. Nothing was changed.',
      details: { reason: 'content-type' },
    })
  }
  return null
}

/** The server's own origin is known by its host: behind a proxy the scheme that arrives is not the page's. */
function isAllowedOrigin(origin: string, request: Request, allowedOrigins: readonly string[]): boolean {
  if (allowedOrigins.includes(origin)) return true
  const host = request.headers.get('Host') ?? new URL(request.url).host
  return URL.canParse(origin) && new URL(origin).host === host
}

function isJson(contentType: string | null): boolean {
  return contentType !== null && /^application\/([\w.+-]+\+)?json\s*(;|$)/i.test(contentType)
}
