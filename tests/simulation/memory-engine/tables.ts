import type { ServerSchema } from '../../../server/storage/schema.ts'
import { createTable, type Table, type TableShape } from './table.ts'

const words = (text: string) => text.split(' ')
const LOG = 'space seq id conversation_id kind register stamp links body bytes digest received_at live born'
const CONVERSATIONS = 'space id updated_at trashed present last_seq last_digest metadata basis'

/** The tables of the server's migrations, with the indexes that its programs use. */
const SHAPES: Readonly<Record<keyof ServerSchema, TableShape>> = {
  erased_accounts: { columns: words('account erased_at'), key: ['account'] },
  projects: {
    columns: words('account project_id space'),
    key: words('account project_id'),
    indexes: [{ columns: ['space'] }],
  },
  space_members: {
    columns: words('space account role'),
    key: words('space account'),
    indexes: [{ columns: words('account space') }],
  },
  spaces: {
    columns: words('id epoch head_seq head_digest created_at compacted_seq'),
    defaults: { compacted_seq: 0 },
    key: ['id'],
  },
  log: {
    columns: words(LOG),
    key: words('space seq'),
    indexes: [
      { columns: words('space id'), isUnique: ({ live }) => live === 1 },
      { columns: words('space conversation_id register seq') },
      { columns: words('space conversation_id born register') },
    ],
  },
  purged: { columns: words('space id conversation_id'), key: words('space id conversation_id') },
  conversations: { columns: words(CONVERSATIONS), key: words('space id') },
}

export type Tables = Readonly<Record<keyof ServerSchema, Table>>

export function createTables(): Tables {
  const names = Object.keys(SHAPES) as (keyof ServerSchema)[]
  return Object.fromEntries(names.map((name) => [name, createTable(name, SHAPES[name])])) as Tables
}
