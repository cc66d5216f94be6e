import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startPostgres } from '../../scripts/ensure-postgres.ts'
import type { Engine } from '../../server/storage/engine.ts'
import { openPostgresEngine } from '../../server/storage/postgres-engine.ts'
import { openSqliteEngine } from '../../server/storage/sqlite-engine.ts'

export type MeasuredDatabase = {
  readonly name: string
  readonly url: string
  /** Connections of their own, as the server has them: same settings, same durability, transactions of their own. */
  connect(connections: number): Promise<BareConnections>
  stop(): Promise<void>
}

export type BareConnections = {
  /** The connection that the loop of this number writes with. */
  engineOf(loop: number): Engine
  close(): Promise<void>
}

export async function openSqlite(): Promise<MeasuredDatabase> {
  const folder = mkdtempSync(join(tmpdir(), 'chatkeep-bench-'))
  const path = join(folder, 'chat.sqlite')
  return {
    name: 'SQLite',
    url: `sqlite:${path}`,
    async connect(connections) {
      // One each: writes of one connection would share transactions, which a bare database does not do by itself.
      const engines = Array.from({ length: connections }, () => openSqliteEngine(path))
      return {
        engineOf: (loop) => atIndex(engines, loop),
        close: async () => void (await Promise.all(engines.map((engine) => engine.close()))),
      }
    },
    stop: async () => rmSync(folder, { recursive: true, force: true }),
  }
}

export async function openPostgres(): Promise<MeasuredDatabase | undefined> {
  const server = await startPostgres({ isDurable: true })
  if (server === undefined) return undefined
  return {
    name: 'PostgreSQL',
    url: server.url,
    async connect(connections) {
      const engine = await openPostgresEngine({ url: server.url, maxConnections: connections })
      return { engineOf: () => engine, close: () => engine.close() }
    },
    stop: server.stop,
  }
}

function atIndex(engines: readonly Engine[], index: number): Engine {
  const engine = engines[index]
  if (engine === undefined) throw new Error(`There is no connection ${index}.`)
  return engine
}
