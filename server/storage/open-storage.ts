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
  if (url.startsWith('sqlite:')) return createChatStorage(openSqliteEngine(url.slice('sqlite:'.length)))
  if (isPostgresUrl(url)) {
    const { openPostgresEngine } = await import('./postgres-engine.ts')
    return createChatStorage(await openPostgresEngine({ url, ...options }))
  }
  throw new Error('The database URL has to begin with sqlite: or postgres://.')
}

export function isPostgresUrl(url: string): boolean {
  return url.startsWith('postgres://') || url.startsWith('postgresql://')
}
