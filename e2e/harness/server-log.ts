import { DatabaseSync } from 'node:sqlite'
import pg from 'pg'

/** One row of a space's log as it stands in the server's file. */
export type LogRow = {
  readonly space: string
  readonly seq: number
  readonly id: string
  readonly conversationId: string
  readonly kind: 'set' | 'stub' | 'purge'
  readonly register: string
  readonly stamp: number
  /** What it overwrites; of a purge, what it names. */
  readonly links: readonly string[]
  readonly value: unknown
  /** False for a stub that was replaced by the whole operation. */
  readonly live: boolean
}

const QUERY = (log: string) =>
  `select space, seq, id, conversation_id, kind, register, stamp, links, body, live from ${log} order by space, seq`

/** Reads the log without the server's code, so that a fault of the server cannot hide itself. */
export function readLog(path: string): readonly LogRow[] {
  const database = new DatabaseSync(path, { readOnly: true })
  try {
    return database.prepare(QUERY('log')).all().map(rowOf)
  } finally {
    database.close()
  }
}

/** The same from PostgreSQL, in the server's default schema. */
export async function readPostgresLog(url: string): Promise<readonly LogRow[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query<Record<string, unknown>>(QUERY('chatkeep.log'))).rows.map(rowOf)
  } finally {
    await client.end()
  }
}

function rowOf(row: Readonly<Record<string, unknown>>): LogRow {
  return {
    space: String(row.space),
    seq: Number(row.seq),
    id: String(row.id),
    conversationId: String(row.conversation_id),
    kind: row.kind as LogRow['kind'],
    register: String(row.register),
    stamp: Number(row.stamp),
    links: JSON.parse(String(row.links)),
    value: row.body === null ? null : JSON.parse(String(row.body)),
    live: Number(row.live) === 1,
  }
}

/** What the promise of one effect means on the server: no gap, no id twice. Answers what breaks it. */
export function logFaults(rows: readonly LogRow[]): readonly string[] {
  const faults: string[] = []
  const nextBySpace = new Map<string, number>()
  const ids = new Set<string>()
  for (const { space, seq, id, live } of rows) {
    const expected = nextBySpace.get(space) ?? 1
    if (seq !== expected) faults.push(`${space}: row ${seq} stands where ${expected} should`)
    nextBySpace.set(space, seq + 1)
    if (!live) continue
    if (ids.has(`${space} ${id}`)) faults.push(`${space}: operation ${id} is there twice`)
    ids.add(`${space} ${id}`)
  }
  return faults
}

/** The app's messages that the log holds, in the order of their arrival. */
export function messagesIn(
  rows: readonly LogRow[],
  conversationId?: string,
): readonly { id: string; text: string }[] {
  return rows
    .filter((row) => row.kind === 'set' && row.register.startsWith('message:'))
    .filter((row) => conversationId === undefined || row.conversationId === conversationId)
    .map(({ value }) => {
      const { id, parts } = (value as { message: { id: string; parts?: { text?: string }[] } }).message
      return { id, text: parts?.map(({ text = '' }) => text).join('') ?? '' }
    })
}
