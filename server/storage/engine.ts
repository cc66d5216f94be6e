import type { Kysely } from 'kysely'
import type { Program } from './program.ts'
import type { ServerSchema } from './schema.ts'

/** Builds queries for one database. Programs get it as their first argument. */
export type Queries = {
  /** Only builds and compiles; the engine executes. */
  readonly db: Kysely<ServerSchema>
  /** Where databases are asked in different ways. Only PostgreSQL has several writers; `memory` runs the query builder's trees. */
  readonly kind: 'sqlite' | 'postgres' | 'memory'
}

/**
 * A database that runs programs. `write` runs in one transaction: it commits when the program returns and rolls back when
 * it throws; a program may be started again after a deadlock, so it must not touch anything but the database. `read` sees
 * one moment of the database from its first query to its last.
 */
export type Engine = {
  readonly queries: Queries
  read<Result>(program: (queries: Queries) => Program<Result>): Promise<Result>
  write<Result>(program: (queries: Queries) => Program<Result>): Promise<Result>
  /** Tells every process that listens to these keys that something changed. May be lost; never blocks, never throws. */
  publish(keys: readonly string[]): void
  /** Calls back after each `publish` of the key, by whatever process, and after an interruption of the line. */
  subscribe(key: string, changed: () => void): () => void
  close(): Promise<void>
}
