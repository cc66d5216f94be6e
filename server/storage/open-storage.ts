import { StartFailure } from '../start-failure.ts'
import { type ChatStorage, createChatStorage } from './chat-storage.ts'
import { openSqliteEngine } from './sqlite-engine.ts'

/**
 * Opens the database that a URL names and brings its tables up to date: `sqlite:<path>`, `sqlite::memory:`, or
 * `postgres://…`. The PostgreSQL driver is loaded only when it is asked for.
 */
export async function openStorage(
  url: string,
  options: { readonly schema?: string } = {},
): Promise<ChatStorage> {
  if (url?.startsWith?.('sqlite:')) return createChatStorage(openSqliteEngine(url.slice('sqlite:'.length)))
  if (isPostgresUrl(url)) {
    const { openPostgresEngine } = await import('./postgres-engine.ts')
    return createChatStorage(await openPostgresEngine({ url, ...options }))
  }
  throw new StartFailure(
    'server/database-url',
    'The URL of a database begins with sqlite: or postgres://, and what openStorage was given does not. Nothing was changed.',
  )
}

export function isPostgresUrl(url: string): boolean {
  return /^postgres(ql)?:\/\//.test(url)
}
