import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import pg from 'pg'
import { startPostgres } from '../../scripts/ensure-postgres.ts'
import type { LogTable } from '../../server/storage/schema.ts'
import { SQLITE_PRAGMAS } from '../../server/storage/sqlite-engine.ts'

/** What the database does without a server: each batch one transaction that locks the space, inserts rows and moves its head. */
export type BareConnection = {
  insert(rows: readonly LogTable[]): Promise<void>
  close(): Promise<void>
}

export type MeasuredDatabase = {
  readonly name: string
  readonly url: string
  /** A connection of its own that writes to one space. */
  connect(space: string): Promise<BareConnection>
  stop(): Promise<void>
}

const COLUMNS = [
  'space',
  'seq',
  'id',
  'conversation_id',
  'kind',
  'register',
  'stamp',
  'links',
  'body',
  'bytes',
  'digest',
  'received_at',
  'live',
] as const

/** The spaces that the bare inserts go to, in the same tables as the server's. */
const makeSpace = (table: string, space: string) =>
  `insert into ${table} (id, epoch, head_seq, head_digest, created_at)
   values ('${space}', '${space}', 0, '0000000000000000', 0) on conflict do nothing`

export async function openSqlite(): Promise<MeasuredDatabase> {
  const folder = mkdtempSync(join(tmpdir(), 'chatkeep-bench-'))
  const path = join(folder, 'chat.sqlite')
  return {
    name: 'SQLite',
    url: `sqlite:${path}`,
    async connect(space) {
      const database = new DatabaseSync(path)
      database.exec(SQLITE_PRAGMAS)
      database.exec(makeSpace('spaces', space))
      const row = database.prepare(
        `insert into log (${COLUMNS.join(', ')}) values (${COLUMNS.map(() => '?').join(', ')})`,
      )
      const lock = database.prepare('select head_seq from spaces where id = ?')
      const move = database.prepare('update spaces set head_seq = ?, head_digest = ? where id = ?')
      return {
        async insert(rows) {
          database.exec('begin immediate')
          const head = lock.get(space) as { head_seq: number }
          let seq = head.head_seq
          for (const each of rows) {
            seq += 1
            row.run(...COLUMNS.map((column) => (column === 'seq' ? seq : each[column])))
          }
          move.run(seq, rows[rows.length - 1]?.digest ?? '', space)
          database.exec('commit')
        },
        close: async () => database.close(),
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
    async connect(space) {
      const client = new pg.Client({ connectionString: server.url })
      await client.connect()
      await client.query(makeSpace('chatkeep.spaces', space))
      return {
        async insert(rows) {
          await client.query('begin')
          const { rows: heads } = await client.query<{ head_seq: string }>(
            'select head_seq from chatkeep.spaces where id = $1 for update',
            [space],
          )
          let seq = Number(heads[0]?.head_seq)
          const values = rows.flatMap((each) => {
            seq += 1
            return COLUMNS.map((column) => (column === 'seq' ? seq : each[column]))
          })
          const places = rows.map((_, index) => {
            const first = index * COLUMNS.length + 1
            return `(${COLUMNS.map((_column, offset) => `$${first + offset}`).join(', ')})`
          })
          await client.query(
            `insert into chatkeep.log (${COLUMNS.join(', ')}) values ${places.join(', ')}`,
            values,
          )
          await client.query('update chatkeep.spaces set head_seq = $1, head_digest = $2 where id = $3', [
            seq,
            rows[rows.length - 1]?.digest ?? '',
            space,
          ])
          await client.query('commit')
        },
        close: () => client.end(),
      }
    },
    stop: server.stop,
  }
}
