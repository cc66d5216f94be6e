import { basename, dirname, join } from 'node:path'

export type SqliteFile = { readonly path: string; readonly name: string; readonly isDatabase: boolean }

/** What an SQLite server keeps: the conversations' file, the accounts' beside it, and the secret that signs sessions. */
export function sqliteFiles(databaseUrl: string): readonly [SqliteFile, SqliteFile, SqliteFile] {
  const path = databaseUrl.replace(/^sqlite:/, '')
  if (path === ':memory:') throw new Error('A database in memory cannot be backed up.')
  const file = (each: string, isDatabase: boolean) => ({ path: each, name: basename(each), isDatabase })
  return [file(path, true), file(accountsPath(path), true), file(join(dirname(path), SECRET_FILE), false)]
}

export const SECRET_FILE = 'chatkeep-secret'

/** Accounts live in a file beside the conversations'. */
export function accountsPath(path: string): string {
  return `${path.replace(/\.sqlite$/, '')}-accounts.sqlite`
}
