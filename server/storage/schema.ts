import type { Generated } from 'kysely'

/** Which project name of an account stands for which space. */
export type ProjectsTable = {
  account: string
  project_id: string
  space: string
}

/** Who may use a space. */
export type SpaceMembersTable = {
  space: string
  account: string
  role: string
}

/** One row per space; its lock serialises appends. */
export type SpacesTable = {
  id: string
  /** Changes when a space is recreated, so that cursors of the old one do not match. */
  epoch: string
  head_seq: number
  /** 16 hexadecimal digits. */
  head_digest: string
  created_at: number
  /** Compaction has looked at the log up to here. */
  compacted_seq: Generated<number>
}

/** The append-only log. Only a purge and compaction change a row (they strip the body), and a replaced stub stops being live. */
export type LogTable = {
  space: string
  seq: number
  id: string
  conversation_id: string
  kind: 'set' | 'stub' | 'purge'
  register: string
  stamp: number | null
  /** JSON text of operation ids: what a set or a stub overwrites, what a purge names. */
  links: string
  /** JSON text of the value; null for stubs and purges. */
  body: string | null
  /** Bytes of links and body, so that pages can be cut without reading them. */
  bytes: number
  digest: string
  received_at: number
  /** 0 for a stub that was replaced by a whole operation: it delivers nothing any more. */
  live: number
  /** Where the value's message stands, for pages of messages: kept when the value goes. Null on registers that are no message. */
  born: number | null
}

/** Ids named by purges, whether or not the operations have arrived. */
export type PurgedTable = {
  space: string
  id: string
  conversation_id: string
}

/** Projection: one row per conversation, for plain lists. */
export type ConversationsTable = {
  space: string
  id: string
  updated_at: number
  trashed: number
  /** 0 when everything in it was purged. */
  present: number
  last_seq: number
  last_digest: string
  /** JSON text of the metadata without the project's name, which belongs to the account that asks. */
  metadata: string
  /** JSON text of what it was made of (`Basis`); null when only the whole conversation can tell what a change makes of it. */
  basis: string | null
}

/** Accounts that were erased on demand, so that their devices can be told. */
export type ErasedAccountsTable = { account: string; erased_at: number }

export type ServerSchema = {
  erased_accounts: ErasedAccountsTable
  projects: ProjectsTable
  space_members: SpaceMembersTable
  spaces: SpacesTable
  log: LogTable
  purged: PurgedTable
  conversations: ConversationsTable
}
