import { statSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { dirname, join } from 'node:path'
import type { HttpBindings } from '@hono/node-server'
import type { Limits } from '../src/domain/wire.ts'
import { CLIENT_ADDRESS_HEADER, createAuth } from './auth/create-auth.ts'
import { type DeviceGrantOptions, METADATA_PATH } from './auth/device-grant.ts'
import type { SendMail } from './auth/mail.ts'
import { accountsPath, SECRET_FILE } from './backup/sqlite-files.ts'
import { startCompaction } from './compaction.ts'
import { type ChatkeepServerOptions, createChatkeepServer } from './create-server.ts'
import type { DemoChatOptions } from './demo-chat.ts'
import { refuseForeignOrigin } from './origin-rules.ts'
import { errorToProblem, problem } from './problem.ts'
import { readOrCreateSecret } from './secret.ts'
import { StartFailure } from './start-failure.ts'
import { createStaticFiles } from './static-files.ts'
import { isPostgresUrl, openStorage } from './storage/open-storage.ts'

export type StartOptions = {
  /** 0 takes a free one. */
  readonly port: number
  readonly host?: string
  /** `sqlite:<path>`, `sqlite::memory:` or `postgres://…`. */
  readonly databaseUrl: string
  /** PostgreSQL schema of the conversations; the accounts' one has `_auth` behind it. */
  readonly schema?: string
  /** Signs session cookies. Absent: kept in a file beside the SQLite database; PostgreSQL demands it. */
  readonly secret?: string
  /** Where browsers see the server; with `https:` cookies are `Secure`. Absent: taken from each request. */
  readonly publicUrl?: string
  /** Origins of other sites whose pages may use it, like `https://app.example.com`. */
  readonly allowedOrigins?: readonly string[]
  /** Folder of a built web app to serve. */
  readonly staticFolder?: string
  /** Takes the client's address from the last entry of `X-Forwarded-For`. */
  readonly trustsProxy?: boolean
  /** One line of JSON per request on standard output, without content, ids or addresses. */
  readonly logsRequests?: boolean
  readonly limits?: Partial<Limits>
  /** Sign-ins and sign-ups per client address. Default 20. */
  readonly attemptsPerMinute?: number
  readonly deviceGrant?: DeviceGrantOptions
  /** Sends links to reset passwords and to confirm addresses. Absent: neither is offered. */
  readonly sendMail?: SendMail
  readonly heartbeatMs?: number
  readonly now?: () => number
  /** Mounts the demo's `POST /api/chat`. */
  readonly demo?: DemoChatOptions
}

export type RunningServer = {
  readonly url: string
  /** Stops accepting, ends event streams, lets requests finish, closes the databases. Repeating it is harmless. */
  close(): Promise<void>
}

const FINISH_MS = 10_000
const SWEEP_MS = 20

/** Starts the whole service on a port: accounts, conversations, and what else the options name. */
export async function startServer(options: StartOptions): Promise<RunningServer> {
  const { databaseUrl, schema = 'chatkeep', host = '127.0.0.1' } = options
  if (options.staticFolder !== undefined) checkFolder(options.staticFolder)
  const secret = options.secret ?? ownSecret(databaseUrl)
  const allowedOrigins = [...(options.allowedOrigins ?? []), ...publicOrigin(options)]
  const storage = await openStorage(databaseUrl, { schema })
  const auth = await createAuth({
    databaseUrl: authUrlOf(databaseUrl),
    schema: `${schema}_auth`,
    secret,
    allowedOrigins,
    ...pick(options, ['publicUrl', 'attemptsPerMinute', 'deviceGrant', 'sendMail']),
  }).catch(async (error: unknown) => {
    await storage.close()
    throw error
  })
  const chatkeep = createChatkeepServer({
    storage,
    authenticate: auth.authenticate,
    authHandler: auth.handler,
    accountKeeper: auth,
    ...(options.logsRequests ? { log: (entry) => console.log(JSON.stringify(entry)) } : {}),
    allowedOrigins,
    ...pick(options, ['limits', 'heartbeatMs', 'now']),
  } satisfies ChatkeepServerOptions)
  const { app } = chatkeep
  const files = options.staticFolder === undefined ? undefined : createStaticFiles(options.staticFolder)
  const demoChat = options.demo && (await import('./demo-chat.ts')).createDemoChat(options.demo)

  async function answer(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url)
    if (demoChat !== undefined && pathname === '/api/chat' && request.method === 'POST') {
      return refuseForeignOrigin(request, allowedOrigins) ?? demoChat(request).catch(errorToProblem)
    }
    if (pathname.startsWith('/api/') || pathname === METADATA_PATH) return app.fetch(request)
    return (await files?.(request)) ?? app.fetch(request)
  }
  const { getRequestListener, RequestError } = await import('@hono/node-server')
  const listener = getRequestListener(
    (request, env) => answer(withAddress(request, env as HttpBindings, options)),
    {
      errorHandler: (error) =>
        error instanceof RequestError || (error as { code?: unknown } | null)?.code === 'ERR_INVALID_URL'
          ? problem(400, 'input/invalid', { detail: 'The address of this request cannot be read.' })
          : problem(500, 'sync/server-error'),
    },
  )
  const server = createServer((incoming, outgoing) => void listener(incoming, outgoing))
  try {
    await listen(server, options.port, host)
  } catch (error) {
    await Promise.all([chatkeep.close(), auth.close()])
    throw error
  }
  const { port } = server.address() as AddressInfo
  const compaction = startCompaction({
    storage,
    ...pick(options, ['now']),
    onError: (error) => console.error(`Old versions were not dropped this time: ${String(error)}`),
  })
  let closed: Promise<void> | undefined

  async function close(): Promise<void> {
    compaction.stop()
    const stopped = new Promise((resolve) => server.close(resolve))
    chatkeep.endStreams()
    // A connection that is kept alive becomes idle when its request has finished.
    const sweep = setInterval(() => server.closeIdleConnections(), SWEEP_MS)
    const force = setTimeout(() => server.closeAllConnections(), FINISH_MS)
    await stopped
    clearInterval(sweep)
    clearTimeout(force)
    await Promise.all([chatkeep.close(), auth.close()])
  }

  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${port}`,
    close: () => (closed ??= close()),
  }
}

/** Where browsers see the server is its own origin, also behind a proxy that puts another host into requests. */
function publicOrigin({ publicUrl }: StartOptions): readonly string[] {
  return publicUrl !== undefined && URL.canParse(publicUrl) ? [new URL(publicUrl).origin] : []
}

/** Sign-in limits count by address: the one of the connection, whatever the client claims. */
function withAddress(
  request: Request,
  { incoming }: HttpBindings,
  { trustsProxy = false }: StartOptions,
): Request {
  if (!new URL(request.url).pathname.startsWith('/api/auth/')) return request
  const headers = new Headers(request.headers)
  const forwarded = trustsProxy ? headers.get('X-Forwarded-For')?.split(',').at(-1)?.trim() : undefined
  headers.set(CLIENT_ADDRESS_HEADER, forwarded || incoming.socket.remoteAddress || '')
  const body = request.method === 'GET' || request.method === 'HEAD' ? null : request.body
  return new Request(request.url, {
    method: request.method,
    headers,
    body,
    ...(body === null ? {} : { duplex: 'half' }),
  })
}

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.off('error', reject)
      resolve()
    })
  })
}

/** Accounts live in a file beside the conversations', or in the same PostgreSQL database. */
function authUrlOf(databaseUrl: string): string {
  if (isPostgresUrl(databaseUrl) || databaseUrl === 'sqlite::memory:') return databaseUrl
  return accountsPath(databaseUrl)
}

function checkFolder(folder: string): void {
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true) return
  throw new StartFailure(
    'server/static-missing',
    `${folder} is no folder that could be served. Nothing was started. Build the web app, or name another folder with --static or CHATKEEP_STATIC.`,
  )
}

function ownSecret(databaseUrl: string): string {
  if (isPostgresUrl(databaseUrl)) {
    throw new StartFailure(
      'server/secret-missing',
      'CHATKEEP_SECRET is needed with PostgreSQL: all server processes must share it. Nothing was started; set it and start again.',
    )
  }
  const path = databaseUrl.slice('sqlite:'.length)
  if (path === ':memory:') return 'only as long as the database in memory'
  return readOrCreateSecret(join(dirname(path), SECRET_FILE))
}

function pick<Source extends object, Key extends keyof Source>(
  source: Source,
  keys: readonly Key[],
): Pick<Source, Key> {
  return Object.fromEntries(
    keys.filter((key) => source[key] !== undefined).map((key) => [key, source[key]]),
  ) as Pick<Source, Key>
}
