import pg from 'pg'
import { APPLICATION_NAME } from '../backup/postgres-dump.ts'
import { createChangeHub } from './change-hub.ts'

const RECONNECT_DELAY_MS = 1_000

export type PostgresLineOptions = {
  readonly url: string
  readonly channel: string
  readonly pool: Pick<pg.Pool, 'query'>
}

export type PostgresLine = {
  open(): Promise<void>
  publish(keys: readonly string[]): void
  subscribe(key: string, changed: () => void): () => void
  close(): Promise<void>
}

/**
 * Announces changes to all server processes of one database by LISTEN and NOTIFY, on a connection of its own. When the
 * connection breaks it is opened again and everybody is told that something may have changed.
 */
export function createPostgresLine({ url, channel, pool }: PostgresLineOptions): PostgresLine {
  const hub = createChangeHub()
  let client: pg.Client | undefined
  let retry: NodeJS.Timeout | undefined
  let isClosed = false
  const unsaid = new Set<string>()
  let isTelling = false

  async function open(): Promise<void> {
    const next = new pg.Client({ connectionString: url, application_name: APPLICATION_NAME, keepAlive: true })
    next.on('notification', ({ payload }) => payload !== undefined && hub.publish(payload))
    next.on('error', () => reconnect(next))
    next.on('end', () => reconnect(next))
    client = next
    await next.connect()
    await next.query(`listen ${channel}`)
  }

  // One announcement at a time; what changes meanwhile goes into the next one, each key once.
  async function tell(): Promise<void> {
    isTelling = true
    while (unsaid.size > 0 && !isClosed) {
      const keys = [...unsaid]
      unsaid.clear()
      try {
        // Outside of the writing transaction: NOTIFY inside one takes a lock over the whole database at commit.
        await pool.query('select pg_notify($1, key) from unnest($2::text[]) as key', [channel, keys])
      } catch {
        // A lost poke heals: clients also pull when they come to the front and on their own interval.
      }
    }
    isTelling = false
  }

  function reconnect(lost: pg.Client) {
    if (isClosed || client !== lost) return
    client = undefined
    void lost.end().catch(() => {
      // Broken already, which is why it is closed.
    })
    retry = setTimeout(() => {
      open().then(hub.publishAll, () => {
        if (client !== undefined) reconnect(client)
      })
    }, RECONNECT_DELAY_MS)
  }

  return {
    open,
    publish(keys) {
      for (const key of keys) unsaid.add(key)
      if (!isTelling) void tell()
    },
    subscribe: hub.subscribe,
    async close() {
      isClosed = true
      clearTimeout(retry)
      await client?.end()
    },
  }
}
