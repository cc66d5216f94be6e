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
