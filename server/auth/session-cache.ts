import { createHash } from 'node:crypto'
import type { Authenticate, Session } from '../session.ts'

const MAX_SESSIONS = 10_000

export type SessionCache = {
  readonly authenticate: Authenticate
  /** Forgets everything, also what is being looked up now: call it after anything that may have ended a session. */
  clear(): void
}

/**
 * Remembers for a short while whose credentials these are, so that a device that syncs is not looked up for each request.
 * Only found sessions are kept; `clear` ends them at once in this process, `ttlMs` bounds what another process may miss.
 */
export function createSessionCache(options: {
  readonly find: (headers: Headers) => Promise<Session | null>
  readonly ttlMs: number
  readonly now: () => number
}): SessionCache {
  const { find, ttlMs, now } = options
  const found = new Map<string, { readonly session: Session; readonly until: number }>()
  let generation = 0

  return {
    async authenticate({ headers }) {
      const key = keyOf(headers)
      if (key === null) return null
      const known = found.get(key)
      const time = now()
      // A clock that was set back must not lengthen a stay.
      if (known !== undefined && known.until > time && known.until <= time + ttlMs) return known.session
      found.delete(key)
      const startedIn = generation
      const session = await find(headers)
      if (session === null || startedIn !== generation) return session
      if (found.size >= MAX_SESSIONS) found.clear()
      found.set(key, { session, until: now() + ttlMs })
      return session
    },
    clear() {
      generation += 1
      found.clear()
    },
  }
}

/** Stands for the credentials without keeping them; null when there are none. */
function keyOf(headers: Headers): string | null {
  const authorization = headers.get('Authorization')
  const cookie = headers.get('Cookie')
  if (authorization === null && cookie === null) return null
  return createHash('sha256')
    .update(JSON.stringify([authorization, cookie]))
    .digest('base64url')
}
