import { ChatkeepError } from '../src/domain/errors.ts'
import { isId } from '../src/domain/ids.ts'

/** Whose request it is. */
export type Session = {
  /** Names the account for good: it is what clients bind their database to. */
  readonly accountId: string
  readonly email?: string
}

/**
 * Reads the credentials of a request, whatever they are, and answers whose they are, or null. It must not consume the
 * body. Called for every request below `/api/v1/chat`, and again while an event stream is open.
 */
export type Authenticate = (request: Request) => Promise<Session | null> | Session | null

/** What `authenticate` answered. It is code of the app's own: an account that no device could be bound to is said, and not served. */
export function checkSession(answer: Session | null | undefined): Session | null {
  if (answer === null || answer === undefined) return null
  const { accountId } = Object(answer) as Session
  if (isId(accountId)) return answer
  throw new ChatkeepError(
    'sync/server-error',
    'authenticate of this server has to answer null, or an accountId that is a string of 1 to 200 characters, like String(user.id). Nothing was read or stored.',
  )
}
