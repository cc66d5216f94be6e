import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type * as ChatkeepServer from '../../server/index.ts'
import { API_BASE } from '../../src/domain/wire.ts'
import { type Front, startFront } from './front.ts'
import { type LogRow, readLog } from './server-log.ts'
import { SITE } from './site.ts'

export type CloudOptions = Partial<ChatkeepServer.StartOptions> & {
  /** Folder of pages that the server serves. Default: the test page with the ready-made worker. */
  readonly site?: string
}

/** Requests that carry operations. */
export const UPLOADS = { method: 'POST', path: /\/conversations$/ } as const

/** The real server on an SQLite file of its own, behind a front that can misbehave. Pages know the front's address only. */
export type Cloud = {
  readonly url: string
  readonly api: string
  /** The server's `CHATKEEP_DATABASE_URL`, for its own commands. */
  readonly databaseUrl: string
  readonly front: Front
  /** What was uploaded with success or without: the operations of each POST, in the order of their arrival. */
  uploads(): readonly Upload[]
  /** Rows of all logs, read from the file itself. */
  log(): readonly LogRow[]
  /** Stops the server as an operator would; until `start`, connections are cut. */
  stop(): Promise<void>
  start(options?: CloudOptions): Promise<void>
  /** Copies the server's files as they are now; the answer puts them back and starts the server on them. */
  backUp(): Promise<() => Promise<void>>
  close(): Promise<void>
}

export type Upload = {
  readonly status: number | undefined
  readonly at: number
  readonly operations: readonly {
    readonly id: string
    readonly conversationId: string
    readonly register: string
  }[]
}

export async function startCloud(options: CloudOptions = {}): Promise<Cloud> {
  const folder = await mkdtemp(join(tmpdir(), 'chatkeep-cloud-'))
  const database = join(folder, 'chat.sqlite')
  const front = await startFront()
  let server: ChatkeepServer.RunningServer | undefined

  async function start(changed: CloudOptions = {}): Promise<void> {
    const { startServer } = await builtServer()
    const { site = SITE, limits, ...others } = { ...options, ...changed }
    server = await startServer({
      port: 0,
      databaseUrl: `sqlite:${database}`,
      staticFolder: site,
      attemptsPerMinute: 1_000,
      demo: { wordDelayMs: 0 },
      ...others,
      limits: { requestsPerMinute: 100_000, ...limits },
    })
    const { hostname: host, port } = new URL(server.url)
    front.setUpstream({ host, port: Number(port) })
  }

  async function stop(): Promise<void> {
    front.setUpstream(undefined)
    await server?.close()
    server = undefined
  }

  await start()
  return {
    url: front.url,
    api: `${front.url}${API_BASE}`,
    databaseUrl: `sqlite:${database}`,
    front,
    uploads: () =>
      front.requests
        .filter(({ method, path }) => method === UPLOADS.method && UPLOADS.path.test(path))
        .map(({ status, at, body }) => ({ status, at, operations: operationsOf(body) })),
    log: () => readLog(database),
    stop,
    start,
    async backUp() {
      const copy = await mkdtemp(join(tmpdir(), 'chatkeep-backup-'))
      await stop()
      await cp(folder, copy, { recursive: true })
      await start()
      return async () => {
        await stop()
        await rm(folder, { recursive: true })
        await cp(copy, folder, { recursive: true })
        await rm(copy, { recursive: true })
        await start()
      }
    },
    async close() {
      await front.close()
      await stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

function operationsOf(body: string): Upload['operations'] {
  const { conversations } = JSON.parse(body) as { conversations: { operations: Upload['operations'] }[] }
  return conversations.flatMap(({ operations }) => operations)
}

/** The server as it is published, not its source. */
async function builtServer(): Promise<typeof ChatkeepServer> {
  return import(new URL('../../dist/server/index.js', import.meta.url).href)
}
