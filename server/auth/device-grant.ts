/** Where programs without a browser ask: RFC 8628. They carry no cookie, and send a form or JSON. */
const DEVICE_ROUTES = new Set(['/api/auth/device/code', '/api/auth/device/token'])

export const METADATA_PATH = '/.well-known/oauth-authorization-server'

export type DeviceGrantOptions = {
  /** How long a code can be approved. Default 15 minutes. */
  readonly expiresInMs?: number
  /** What a client has to wait between two questions. Default 5 s. */
  readonly intervalMs?: number
}

/** Settings of better-auth's plugin. The page that asks the person is the web app's, at `/device`. */
export function deviceGrantSettings({ expiresInMs = 15 * 60_000, intervalMs = 5_000 }: DeviceGrantOptions) {
  return {
    expiresIn: `${expiresInMs / 1_000}s` as const,
    interval: `${intervalMs / 1_000}s` as const,
    verificationUri: '/device',
    // Nobody registers clients here: the name is only shown to the person who decides.
    validateClient: (clientId: string) => /^[\x21-\x7e][\x20-\x7e]{0,99}$/.test(clientId),
  }
}

/**
 * Whether a request is one of the grant's own, which RFC 8628 sends as a form and without an `Origin`. They decide by
 * codes alone, never by a cookie, so a foreign page gains nothing by sending one.
 */
export function isDeviceGrantRequest(request: Request): boolean {
  return request.method === 'POST' && DEVICE_ROUTES.has(new URL(request.url).pathname)
}

/** The grant's form as the JSON that better-auth reads on all of its routes; a field that is repeated counts once, the last. */
export function formToJson(
  headers: Headers,
  body: string,
): { readonly headers: Headers; readonly body: string } {
  if (!/^application\/x-www-form-urlencoded\s*(;|$)/i.test(headers.get('Content-Type') ?? ''))
    return { headers, body }
  const changed = new Headers(headers)
  changed.set('Content-Type', 'application/json')
  changed.delete('Content-Length')
  return { headers: changed, body: JSON.stringify(Object.fromEntries(new URLSearchParams(body))) }
}

/** The answer of RFC 8414 that outside clients find the grant by. */
export function authorizationServerMetadata(request: Request, publicUrl: string | undefined): Response {
  const issuer = (publicUrl ?? new URL(request.url).origin).replace(/\/$/, '')
  const metadata = {
    issuer,
    device_authorization_endpoint: `${issuer}/api/auth/device/code`,
    token_endpoint: `${issuer}/api/auth/device/token`,
    token_endpoint_auth_methods_supported: ['none'],
    grant_types_supported: ['urn:ietf:params:oauth:grant-type:device_code'],
    response_types_supported: [],
  }
  return new Response(JSON.stringify(metadata), {
    headers: { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' },
  })
}
