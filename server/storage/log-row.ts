import type { LogTable } from './schema.ts'

/** Columns of the log that an answer is made of. */
export const SHOWN_COLUMNS = [
  'id',
  'conversation_id',
  'kind',
  'register',
  'stamp',
  'links',
  'body',
  'received_at',
] as const

export type ShownRow = Pick<LogTable, (typeof SHOWN_COLUMNS)[number]>

/** One row as the protocol's JSON. Stored JSON goes out as it is, without parsing it. */
export function rowToJson(row: ShownRow): string {
  const head = `{"kind":"${row.kind}","id":${JSON.stringify(row.id)},"conversationId":${JSON.stringify(row.conversation_id)}`
  if (row.kind === 'purge') return `${head},"names":${row.links}}`
  const placed = `${head},"register":${JSON.stringify(row.register)},"overwrites":${row.links}`
  if (row.kind === 'stub') return `${placed}}`
  // How long something has been in the trash is counted by the server's clock.
  const received = row.register === 'trashed' ? `,"receivedAt":${row.received_at}` : ''
  return `${placed},"stamp":${row.stamp}${received},"value":${row.body}}`
}

/** Rows as they go out: operations and stubs in one list, purges in another. */
export type ShownRows = { readonly operations: readonly ShownRow[]; readonly purges: readonly ShownRow[] }

export function splitRows(rows: readonly ShownRow[]): ShownRows {
  return {
    operations: rows.filter((row) => row.kind !== 'purge'),
    purges: rows.filter((row) => row.kind === 'purge'),
  }
}
