import { connect, createServer, type Socket } from 'node:net'
import { sql } from 'kysely'
import { afterAll, expect, test } from 'vitest'
import { startPostgres } from '../../scripts/ensure-postgres.ts'
import { createChatStorage } from '../../server/storage/chat-storage.ts'
import { openPostgresEngine } from '../../server/storage/postgres-engine.ts'
import { rowsOf } from '../../server/storage/program.ts'
import type { Operation } from '../../src/domain/operation.ts'
import { CURSOR_ZERO } from '../../src/domain/wire.ts'
import { aMessage } from '../unit/server/builders.ts'

const postgres = process.env.POSTGRES_URL
  ? { url: process.env.POSTGRES_URL, stop: async () => {} }
  : await startPostgres()
if (postgres === undefined)
  console.warn('The tests of a lost database did not run: no PostgreSQL can be had here.')
afterAll(() => postgres?.stop())

/** A way to the database that breaks at the next commit: before it gets there, or before its answer comes back. */
async function aBreakableWay(url: string) {
  const target = new URL(url)
  const { hostname, port } = target
  let breaks: 'before' | 'after' | undefined
  const sockets = new Set<Socket>()
  const server = createServer((near) => {
    const far = connect(Number(port), hostname)
    let isMute = false
    sockets.add(near).add(far)
    const cut = () => {
      near.destroy()
      far.destroy()
    }
    for (const socket of [near, far]) socket.on('error', cut).on('close', cut)
    near.on('data', (data: Buffer) => {
      const place = breaks === undefined ? -1 : data.indexOf('commit\0')
      if (place === -1) return void far.write(data)
      if (breaks === 'before') {
        // The message begins with its kind and its length. What stands before it has got there.
        far.write(data.subarray(0, place - 5), cut)
      } else {
        isMute = true
        far.write(data)
      }
      breaks = undefined
    })
    far.on('data', (data: Buffer) => {
      if (!isMute) near.write(data)
      // The database has done all that it was asked to when it answers the commit.
      else if (data.includes('COMMIT\0')) cut()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  target.hostname = '127.0.0.1'
  target.port = String(typeof address === 'object' ? address?.port : '')
  return {
    url: target.href,
    breakAtCommit(when: 'before' | 'after') {
      breaks = when
    },
    async close() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

let schemas = 0

async function aStorage() {
  const way = await aBreakableWay(postgres?.url ?? '')
  const schema = `losses_${process.pid}_${schemas++}`
  const engine = await openPostgresEngine({ url: way.url, schema, maxConnections: 2 })
  const storage = createChatStorage(engine)
  const project = { account: 'anna', projectId: 'notes' }
  return {
    way,
    engine,
    schema,
    storage,
    append: (operations: readonly Operation[], cursor = CURSOR_ZERO) =>
      storage.append({ ...project, cursor, operations, now: 1 }),
    ids: async () => {
      const rows = await engine.read(({ db }) => rowsOf(db.selectFrom('log').select('id').orderBy('seq')))
      return rows.map(({ id }) => id)
    },
    async close() {
      await storage.close()
      await way.close()
    },
  }
}

test.skipIf(postgres === undefined).for(['before', 'after'] as const)(
  'a device is not told of success when the database is lost %s the commit, and what it sends again is stored once',
  async (when) => {
    const { way, append, ids, close } = await aStorage()
    const first = aMessage('c', 'a')
    const { head } = await append([first])
    const second = [aMessage('c', 'b'), aMessage('d', 'c')]

    way.breakAtCommit(when)
    await expect(append(second, head)).rejects.toMatchObject({ code: 'sync/server-error', retryable: true })
    expect(await ids()).toEqual([first, ...(when === 'after' ? second : [])].map(({ id }) => id))

    const again = await append(second, head)
    expect(again.accepted).toEqual(second.map(({ id }) => id))
    expect(again.added).toBe(when === 'after' ? 0 : 2)
    expect(await ids()).toEqual([first, ...second].map(({ id }) => id))
    await close()
  },
)

test.skipIf(postgres === undefined)(
  'a post is refused whole, and the next one stored, when one of its writes fails behind others',
  async () => {
    const { engine, schema, append, ids, close } = await aStorage()
    const first = aMessage('c', 'a')
    const { head } = await append([first])
    const table = sql.raw(`${schema}.conversations`)
    await engine.write(function* ({ db }) {
      yield [sql`alter table ${table} add constraint no_d check (id <> 'd')`.compile(db)]
    })
    await expect(append([aMessage('c', 'b'), aMessage('d', 'b')], head)).rejects.toMatchObject({
      code: '23514',
    })
    expect(await ids()).toEqual([first.id])
    const next = aMessage('c', 'c')
    expect(await append([next], head)).toMatchObject({ accepted: [next.id], added: 1 })
    expect(await ids()).toEqual([first.id, next.id])
    await close()
  },
)
