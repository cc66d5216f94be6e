import type { LogTable } from './schema.ts'

/** Columns of the log that an answer is made of. */
export const SHOWN_COLUMNS = ['id', 'conversation_id', 'kind', 'register', 'stamp', 'links', 'body'] as const

export type ShownRow = Pick<LogTable, (typeof SHOWN_COLUMNS)[number]>

/** One row as the protocol's JSON. Stored JSON goes out as it is, without parsing it. */
export function rowToJson(row: ShownRow): string {
  const head = `{"kind":"${row.kind}","id":${JSON.stringify(row.id)},"conversationId":${JSON.stringify(row.conversation_id)}`
  if (row.kind === 'purge') return `${head},"names":${row.links}}`
  const placed = `${head},"register":${JSON.stringify(row.register)},"overwrites":${row.links}`
  return row.kind === 'stub' ? `${placed}}` : `${placed},"stamp":${row.stamp},"value":${row.body}}`
}

/** Rows as they go out: operations and stubs in one list, purges in another. */
export type ShownRows = { readonly operations: readonly ShownRow[]; readonly purges: readonly ShownRow[] }

export function splitRows(rows: readonly ShownRow[]): ShownRows {
  return {
    operations: rows.filter((row) => row.kind !== 'purge'),
    purges: rows.filter((row) => row.kind === 'purge'),
  }
}
