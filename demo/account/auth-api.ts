/** Somebody who is signed in at the server. */
export type AuthUser = { readonly id: string; readonly email: string; readonly name: string }

/** Why signing in or up did not work, in the server's words; without words, no server was reached. */
export class AuthError extends Error {
  override readonly name = 'AuthError'
  readonly isUnreachable: boolean

  constructor(message: string, isUnreachable = false) {
    super(message)
    this.isUnreachable = isUnreachable
  }
}

export type Credentials = { readonly email: string; readonly password: string; readonly name?: string }

export async function signUp({ email, password, name = email }: Credentials): Promise<AuthUser> {
  return readUser(await request('POST', '/sign-up/email', { email, password, name }))
}

export async function signIn({ email, password }: Credentials): Promise<AuthUser> {
  return readUser(await request('POST', '/sign-in/email', { email, password }))
}

export async function signOut(): Promise<void> {
  await request('POST', '/sign-out', {})
}

/** Who is signed in; null when nobody is. */
export async function currentUser(): Promise<AuthUser | null> {
  const answer = await request('GET', '/get-session')
  return answer === null ? null : readUser(answer)
}

export async function request(method: 'GET' | 'POST', path: string, body?: object): Promise<unknown> {
  let response: Response
  try {
    response = await fetch(`/api/auth${path}`, {
      method,
      ...(body === undefined
        ? {}
        : { body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } }),
    })
  } catch {
    throw new AuthError('No server was reached.', true)
  }
  // An app shell in front of a missing server answers with a page.
  const answer: unknown = await response.json().catch(() => undefined)
  if (answer === undefined || response.status >= 500) throw new AuthError('No server was reached.', true)
  if (!response.ok) throw new AuthError(textOf(answer) ?? response.statusText)
  return answer
}

function readUser(answer: unknown): AuthUser {
  const { user } = (answer ?? {}) as { user?: Partial<Record<keyof AuthUser, unknown>> }
  const { id, email, name } = user ?? {}
  if (typeof id !== 'string' || typeof email !== 'string') throw new AuthError('The server gave no account.')
  return { id, email, name: typeof name === 'string' ? name : email }
}

function textOf(answer: unknown): string | undefined {
  const { detail, message } = (answer ?? {}) as { detail?: unknown; message?: unknown }
  return [detail, message].find((text): text is string => typeof text === 'string' && text !== '')
}
