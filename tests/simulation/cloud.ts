import { createChatkeepServer } from '../../server/create-server.ts'
import { createChatStorage } from '../../server/storage/chat-storage.ts'
import type { Engine } from '../../server/storage/engine.ts'
import { type Program, rowsOf } from '../../server/storage/program.ts'
import type { LogTable, ServerSchema } from '../../server/storage/schema.ts'
import type { Limits } from '../../src/domain/wire.ts'
import type { NetworkRequest, NetworkResponse } from '../../src/ports/network.ts'
import { installQuickPlatform, quickRequest } from './platform.ts'
import type { World } from './world.ts'

installQuickPlatform()

const BASE = 'http://cloud.test/api/v1/chat'
const TABLES = ['projects', 'space_members', 'spaces', 'log', 'purged', 'conversations'] as const
type Backup = ReadonlyMap<keyof ServerSchema, readonly Record<string, unknown>[]>

export type Row = LogTable & { readonly account: string; readonly projectId: string }

/** The real server, on a log that can be backed up, restored, and killed in the middle of a transaction. */
export type Cloud = {
  /** Answers one request of whoever is signed in. Rejects when the server dies before it answers. */
  handle(request: NetworkRequest, accountId: string | null): Promise<NetworkResponse>
  backUp(): Promise<void>
  hasBackup(): boolean
  /** Takes a backup back; negative numbers count from the newest. */
  restore(index: number): Promise<void>
  restart(): void
  /** Drops the values of what was overwritten and is older than this. */
  compact(ageMs: number): Promise<void>
  /** The next write dies after so many statements. */
  dieAfter(statements: number): void
  /** The whole log, with whose it is. */
  rows(): Promise<readonly Row[]>
  close(): Promise<void>
}

/** `onRestored` hears of the ids that a log holds which was taken back. */
export function createCloud(
  world: World,
  limits: Partial<Limits>,
  open: () => Engine,
  onRestored: (ids: Iterable<string>) => void,
): Cloud {
  const dice = world.dice('cloud')
  const randomBytes = (size: number) => Buffer.from(Array.from({ length: size }, () => dice.below(256)))
  let engine = open()
  let app = start()
  const backups: Backup[] = []
  let statementsLeft = Number.POSITIVE_INFINITY

  function start() {
    return createChatkeepServer({
      storage: createChatStorage(
        mortal(() => engine),
        randomBytes,
      ),
      authenticate: (request) => {
        const accountId = request.headers.get('x-session')
        return accountId === null ? null : { accountId }
      },
      limits: { requestsPerMinute: 1_000_000, ...limits },
      now: world.now,
    })
  }

  /** An engine whose process can die between two statements of a transaction, which is then as if it never was. */
  function mortal(current: () => Engine): Engine {
    function* counted<Result>(program: Program<Result>): Program<Result> {
      let step = program.next()
      while (step.done !== true) {
        const answers = yield step.value
        if (--statementsLeft < 0) throw new Error('The server was killed.')
        step = program.next(answers)
      }
      return step.value
    }
    return {
      get queries() {
        return current().queries
      },
      read: (program) => current().read(program),
      write: (program) => current().write((queries) => counted(program(queries))),
      publish: () => {},
      subscribe: (key, changed) => current().subscribe(key, changed),
      close: () => current().close(),
    }
  }

  async function dump(): Promise<Backup> {
    const tables = new Map<keyof ServerSchema, readonly Record<string, unknown>[]>()
    for (const table of TABLES) {
      tables.set(table, await engine.read(({ db }) => rowsOf(db.selectFrom(table).selectAll())))
    }
    return tables
  }

  return {
    async handle({ method, path, headers, body }, accountId) {
      const session: Record<string, string> = accountId === null ? {} : { 'x-session': accountId }
      const response = await app.app.fetch(
        quickRequest(`${BASE}${path}`, method, { ...headers, ...session }, body),
      )
      if (statementsLeft < 0) {
        statementsLeft = Number.POSITIVE_INFINITY
        throw new Error('The server was killed.')
      }
      return {
        status: response.status,
        headers: { ...Object.fromEntries(response.headers), date: new Date(world.now()).toUTCString() },
        body: await response.text(),
      }
    },
    async backUp() {
      backups.push(await dump())
      if (backups.length > 3) backups.shift()
    },
    hasBackup: () => backups.length > 0,
    async restore(index) {
      const backup = backups.at(index < 0 ? index : index % backups.length)
      if (backup === undefined) return
      await engine.close()
      engine = open()
      await engine.write(function* ({ db }) {
        for (const table of TABLES) {
          for (const row of backup.get(table) ?? []) yield* rowsOf(db.insertInto(table).values(row as never))
        }
      })
      onRestored((backup.get('log') ?? []).map((row) => String(row.id)))
      app = start()
    },
    restart() {
      app = start()
    },
    async compact(ageMs) {
      await createChatStorage(engine, randomBytes).compact({ receivedBefore: world.now() - ageMs })
    },
    dieAfter(statements) {
      statementsLeft = statements
    },
    rows: () =>
      engine.read(({ db }) =>
        rowsOf(
          db
            .selectFrom('log')
            .innerJoin('projects', 'projects.space', 'log.space')
            .selectAll('log')
            .select(['projects.account as account', 'projects.project_id as projectId'])
            .orderBy('log.space')
            .orderBy('log.seq'),
        ),
      ),
    close: () => engine.close(),
  }
}
