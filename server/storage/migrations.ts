import { BORN_UNKNOWN } from '../projection/cell.ts'

/** How a database spells the two column types that we use, and where its tables live. */
export type DdlDialect = {
  /** Text that compares by bytes, on every database alike. */
  readonly text: string
  readonly integer: string
  /** Empty, or the schema's name and a dot. */
  readonly prefix: string
}

export type Migration = {
  readonly id: number
  readonly statements: (dialect: DdlDialect) => readonly string[]
}

/** Every key begins with the space, so that the same schema can be sharded. Never edit a released entry; what is dropped must be derived. */
export const MIGRATIONS: readonly Migration[] = [
  {
    id: 1,
    statements: ({ text, integer, prefix }) => [
      `create table ${prefix}spaces (
        id ${text} primary key, epoch ${text} not null, head_seq ${integer} not null, head_digest ${text} not null,
        created_at ${integer} not null)`,
      `create table ${prefix}space_members (
        space ${text} not null, account ${text} not null, role ${text} not null, primary key (space, account))`,
      `create index space_members_by_account on ${prefix}space_members (account, space)`,
      `create table ${prefix}projects (
        account ${text} not null, project_id ${text} not null, space ${text} not null,
        primary key (account, project_id))`,
      `create table ${prefix}log (
        space ${text} not null, seq ${integer} not null, id ${text} not null, conversation_id ${text} not null,
        kind ${text} not null, register ${text} not null, stamp ${integer}, links ${text} not null, body ${text},
        bytes ${integer} not null, digest ${text} not null, received_at ${integer} not null,
        live ${integer} not null, primary key (space, seq))`,
      `create unique index log_live_id on ${prefix}log (space, id) where live = 1`,
      `create index log_by_register on ${prefix}log (space, conversation_id, register, seq)`,
      `create table ${prefix}purged (
        space ${text} not null, id ${text} not null, conversation_id ${text} not null,
        primary key (space, id, conversation_id))`,
      `create table ${prefix}conversations (
        space ${text} not null, id ${text} not null, updated_at ${integer} not null, trashed ${integer} not null,
        present ${integer} not null, last_seq ${integer} not null, last_digest ${text} not null,
        metadata ${text} not null, primary key (space, id))`,
      `create index conversations_newest on ${prefix}conversations (space, updated_at, id)`,
      `create table ${prefix}cells (
        space ${text} not null, conversation_id ${text} not null, register ${text} not null, message_id ${text},
        born_key ${integer} not null, born ${integer} not null, shown ${integer} not null,
        created_at ${integer} not null, title_rank ${integer} not null, heads ${text} not null, facts ${text} not null,
        bytes ${integer} not null, primary key (space, conversation_id, register))`,
      `create index cells_by_born on ${prefix}cells (space, conversation_id, born_key, message_id)`,
      `create index cells_by_place on ${prefix}cells (space, conversation_id, born, message_id, shown)`,
    ],
  },
  {
    id: 2,
    statements: ({ integer, prefix }) => [
      `alter table ${prefix}spaces add column compacted_seq ${integer} not null default 0`,
    ],
  },
  {
    id: 3,
    statements: ({ text, integer, prefix }) => [
      `create table ${prefix}erased_accounts (account ${text} primary key, erased_at ${integer} not null)`,
    ],
  },
  {
    // The log itself knows where messages stand: no table beside it has to be kept up to date.
    id: 4,
    statements: ({ integer, text, prefix }) => [
      `alter table ${prefix}log add column born ${integer}`,
      `update ${prefix}log set born = coalesce((
        select cells.born_key from ${prefix}cells
        where cells.space = log.space and cells.conversation_id = log.conversation_id and cells.register = log.register),
        ${BORN_UNKNOWN})
        where register >= 'message:' and register < 'message;'`,
      `create index log_by_born on ${prefix}log (space, conversation_id, born, register)
        where born is not null and live = 1`,
      `alter table ${prefix}conversations add column basis ${text}`,
      `drop table ${prefix}cells`,
    ],
  },
]

export const SQLITE_DDL: DdlDialect = { text: 'text', integer: 'integer', prefix: '' }

export function postgresDdl(schema: string): DdlDialect {
  return { text: 'text collate "C"', integer: 'bigint', prefix: `${schema}.` }
}
