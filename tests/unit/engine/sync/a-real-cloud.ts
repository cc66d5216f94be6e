import { copyFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { createChatkeepServer } from '../../../../server/create-server.ts'
import { openStorage } from '../../../../server/storage/open-storage.ts'
import { API_BASE, type Limits } from '../../../../src/domain/wire.ts'
import type { NetworkRequest, NetworkResponse } from '../../../../src/ports/network.ts'
import type { textOf } from './a-device.ts'

type App = ReturnType<typeof createChatkeepServer>
const running = new Set<App>()
const folders: string[] = []

/** Ends every cloud of the test; call it after each. */
export async function closeClouds(): Promise<void> {
  for (const app of running) await app.close()
  running.clear()
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true })
}

/**
 * The real cloud on SQLite, in this process: in memory, or in a file that can be backed up and restored. `replace` puts an empty one in
 * its place.
 */
export async function aRealCloud(options: Partial<Limits> & { readonly file?: true } = {}) {
  const { file: isInFile, ...limits } = options
  const session: { accountId: string | null } = { accountId: 'anna' }
  const now = { ms: Date.UTC(2026, 0, 1) }
  const folder = isInFile === undefined ? undefined : mkdtempSync(join(tmpdir(), 'chatkeep-cloud-'))
  if (folder !== undefined) folders.push(folder)
  const [file, backup] = ['chatkeep.sqlite', 'backup.sqlite'].map((name) => join(folder ?? '', name)) as [
    string,
    string,
  ]

  async function open(): Promise<App> {
    const app = createChatkeepServer({
      storage: await openStorage(folder === undefined ? 'sqlite::memory:' : `sqlite:${file}`),
      authenticate: () => (session.accountId === null ? null : { accountId: session.accountId }),
      limits: { requestsPerMinute: 1_000_000, ...limits },
      now: () => now.ms,
    })
    running.add(app)
    return app
  }
  async function close(): Promise<void> {
    running.delete(current)
    await current.close()
  }
  let current = await open()

  const ask = async (request: NetworkRequest): Promise<NetworkResponse> => {
    const { method, path, headers, body } = request
    const url = `http://cloud.test${API_BASE}${path}`
    const response = await current.app.request(url, {
      method,
      headers: { ...headers },
      ...(body === undefined ? {} : { body }),
    })
    return {
      status: response.status,
      headers: Object.fromEntries(response.headers),
      body: await response.text(),
    }
  }
  const get = async (path: string) => {
    const headers = { 'X-Chatkeep-Account': session.accountId ?? '' }
    const answer = await ask({ method: 'GET', path, headers })
    return JSON.parse(answer.body) as unknown
  }

  return {
    session,
    now,
    request: ask,
    replace: async () => {
      current = await open()
    },
    async backUp() {
      await close()
      copyFileSync(file, backup)
      current = await open()
    },
    async restore() {
      await close()
      copyFileSync(backup, file)
      current = await open()
    },
    /** Every table of the database as text. */
    everything(): string {
      const database = new DatabaseSync(file, { readOnly: true })
      const tables = database.prepare("select name from sqlite_master where type = 'table'").all()
      const rows = tables.map(({ name }) => database.prepare(`select * from "${String(name)}"`).all())
      database.close()
      return JSON.stringify(rows)
    },
    /** What the server shows from the beginning. */
    shown: async (projectId = 'p') =>
      (await get(`/conversations?projectId=${projectId}&cursor=0`)) as {
        operations: Parameters<typeof textOf>[0][]
        purges: { id: string; names: string[] }[]
      },
    /** Ids in the plain list, the trash included. */
    async listed(projectId = 'p') {
      const { conversations } = (await get(`/conversations?projectId=${projectId}&trashed=include`)) as {
        conversations: { id: string }[]
      }
      return conversations.map(({ id }) => id)
    },
  }
}
