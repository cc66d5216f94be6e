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

/** Asks for a letter with a link to `/reset-password`; says nothing of whether the address has an account. */
export async function askForReset(email: string): Promise<void> {
  await request('POST', '/request-password-reset', { email })
}

export async function resetPassword(token: string, newPassword: string): Promise<void> {
  await request('POST', '/reset-password', { token, newPassword })
}

/** Deletes the account and everything that the cloud keeps of it. */
export async function deleteAccount(accountId: string, password: string): Promise<void> {
  await request('DELETE', '/api/v1/chat/account', { password }, { 'X-Chatkeep-Account': accountId })
}

/** Who is signed in; null when nobody is. */
export async function currentUser(): Promise<AuthUser | null> {
  const answer = await request('GET', '/get-session')
  return answer === null ? null : readUser(answer)
}

export async function request(
  method: 'GET' | 'POST' | 'DELETE',
  path: string,
  body?: object,
  headers: Readonly<Record<string, string>> = {},
): Promise<unknown> {
  let response: Response
  try {
    response = await fetch(path.startsWith('/api/') ? path : `/api/auth${path}`, {
      method,
      ...(body === undefined
        ? {}
        : { body: JSON.stringify(body), headers: { 'Content-Type': 'application/json', ...headers } }),
    })
  } catch {
    throw new AuthError('No server was reached.', true)
  }
  if (response.status === 204) return null
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
