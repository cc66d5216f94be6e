import type { BetterAuthOptions } from 'better-auth'
import { refuseForeignOrigin } from '../origin-rules.ts'
import { readText } from '../request-body.ts'
import type { AccountKeeper } from '../routes/account.ts'
import type { Authenticate } from '../session.ts'
import { authAnswer } from './auth-answer.ts'
import { openAuthDatabase } from './auth-database.ts'
import {
  authorizationServerMetadata,
  type DeviceGrantOptions,
  deviceGrantSettings,
  formToJson,
  isDeviceGrantRequest,
  METADATA_PATH,
} from './device-grant.ts'
import { mailSettings, type SendMail } from './mail.ts'
import { createSessionCache } from './session-cache.ts'

/** Names the header in which the program puts the address of the connection; what a client sends under it is overwritten. */
export const CLIENT_ADDRESS_HEADER = 'X-Chatkeep-Client-Address'

const DAY_SECONDS = 24 * 60 * 60
const MAX_AUTH_BODY_BYTES = 64 * 1024
/** How long another server process may still serve a session that ended elsewhere; in its own process it ends at once. */
const SESSION_TTL_MS = 5_000

export type AuthOptions = {
  /** `sqlite:<path>` (a file of its own, not the conversations') or `postgres://…`. */
  readonly databaseUrl: string
  /** PostgreSQL schema of the tables. */
  readonly schema?: string
  /** Signs cookies; at least 32 characters. Changing it signs everybody out. */
  readonly secret: string
  readonly allowedOrigins?: readonly string[]
  /** Where browsers see this server. With https, cookies are `Secure`. Absent: taken from each request. */
  readonly publicUrl?: string
  /** Sign-ins and sign-ups per client address. */
  readonly attemptsPerMinute?: number
  readonly deviceGrant?: DeviceGrantOptions
  /** Sends letters: links to choose a new password, and to confirm an address. Absent: neither is offered. */
  readonly sendMail?: SendMail
}

/** Accounts by better-auth: email and password, session cookie or bearer, rate limits in the database. */
export type Auth = AccountKeeper & {
  readonly authenticate: Authenticate
  /** Serves `/api/auth/*` and the metadata of the device grant; every refusal is a problem. */
  readonly handler: (request: Request) => Promise<Response>
  close(): Promise<void>
}

/** Opens the accounts' database, brings its tables up to date and answers who is who. */
export async function createAuth(options: AuthOptions): Promise<Auth> {
  const { allowedOrigins = [], publicUrl, attemptsPerMinute = 20 } = options
  // Loaded here, so that an app with accounts of its own need not install it.
  const [{ betterAuth }, { getMigrations }, { bearer, deviceAuthorization }] = await Promise.all([
    import('better-auth'),
    import('better-auth/db/migration'),
    import('better-auth/plugins'),
  ])
  const opened = await openAuthDatabase(options.databaseUrl, options.schema)
  const mail = mailSettings(options.sendMail)
  const attempts = { window: 60, max: attemptsPerMinute }
  const settings = {
    ...(publicUrl === undefined ? {} : { baseURL: publicUrl }),
    basePath: '/api/auth',
    secret: options.secret,
    database: opened.database,
    trustedOrigins: (request?: Request) => [...allowedOrigins, ...ownOrigins(request)],
    emailAndPassword: { enabled: true, minPasswordLength: 8, autoSignIn: true, ...mail.password },
    ...mail.verification,
    session: { expiresIn: 90 * DAY_SECONDS, updateAge: DAY_SECONDS },
    plugins: [bearer(), deviceAuthorization(deviceGrantSettings(options.deviceGrant ?? {}))],
    rateLimit: {
      enabled: true,
      storage: 'database',
      window: 60,
      max: 300,
      customRules: {
        '/sign-in/*': attempts,
        '/sign-up/*': attempts,
        '/request-password-reset': attempts,
        '/send-verification-email': attempts,
        '/device': attempts,
      },
    },
    advanced: {
      // `refuseForeignOrigin` in the handler does it, the same way as on all other routes.
      disableCSRFCheck: true,
      useSecureCookies: publicUrl?.startsWith('https:') ?? false,
      defaultCookieAttributes: { httpOnly: true, sameSite: 'lax' },
      ipAddress: { ipAddressHeaders: [CLIENT_ADDRESS_HEADER.toLowerCase()] },
    },
    telemetry: { enabled: false },
    logger: { disabled: true },
  } satisfies BetterAuthOptions

  try {
    const auth = betterAuth(settings)
    await opened.exclusively(async () => (await getMigrations(settings)).runMigrations())
    const sessions = createSessionCache({
      ttlMs: SESSION_TTL_MS,
      now: Date.now,
      async find(headers) {
        const found = await auth.api.getSession({ headers })
        return found === null ? null : { accountId: found.user.id, email: found.user.email }
      },
    })
    return {
      authenticate: sessions.authenticate,
      async handler(request) {
        if (new URL(request.url).pathname === METADATA_PATH)
          return authorizationServerMetadata(request, publicUrl)
        const isGrant = isDeviceGrantRequest(request)
        const refusal = isGrant ? null : refuseForeignOrigin(request, allowedOrigins)
        if (refusal !== null) return refusal
        const body = request.method === 'GET' ? undefined : await readText(request, MAX_AUTH_BODY_BYTES)
        const { url, method, headers } = request
        const sent =
          body === undefined ? { headers } : isGrant ? formToJson(headers, body) : { headers, body }
        const copy = new Request(url, { method, ...sent })
        try {
          const answer = await auth.handler(copy)
          // The grant's refusals are RFC 6749's, which its clients read.
          return isGrant && answer.status < 500 && answer.status !== 429 ? answer : await authAnswer(answer)
        } finally {
          if (!isSessionQuestion(request)) sessions.clear()
        }
      },
      async confirmPassword(request, password) {
        const found = await auth.api.getSession({ headers: request.headers })
        if (found === null) return false
        const { internalAdapter, password: passwords } = await auth.$context
        const accounts = await internalAdapter.findAccounts(found.user.id)
        const hash = accounts.find(({ providerId }) => providerId === 'credential')?.password
        return hash == null ? false : passwords.verify({ hash, password })
      },
      async remove(accountId) {
        const { adapter, internalAdapter } = await auth.$context
        await adapter.deleteMany({ model: 'deviceCode', where: [{ field: 'userId', value: accountId }] })
        await internalAdapter.deleteUser(accountId)
        sessions.clear()
      },
      close: opened.close,
    }
  } catch (error) {
    await opened.close()
    throw error
  }
}

/** The one frequent route that ends no session. */
function isSessionQuestion({ method, url }: Request): boolean {
  return method === 'GET' && new URL(url).pathname === '/api/auth/get-session'
}

/** The server's own origin as a page may see it: a proxy in front may have ended TLS. */
function ownOrigins(request: Request | undefined): string[] {
  const host = request?.headers.get('Host')
  return host == null ? [] : [`http://${host}`, `https://${host}`]
}
