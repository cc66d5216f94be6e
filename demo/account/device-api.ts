import { AuthError, request } from './auth-api.ts'

export type Decision = 'approve' | 'deny'

/** Who asks by this code: the name that the program gave itself. From now on only this account can decide. */
export async function findDevice(code: string): Promise<string> {
  const answer = await request('GET', `/device?user_code=${encodeURIComponent(code)}`)
  const { client_id: client, status } = (answer ?? {}) as { client_id?: unknown; status?: unknown }
  if (typeof client !== 'string' || status !== 'pending') {
    throw new AuthError('This code was answered already, or belongs to somebody else.')
  }
  return client
}

export async function decideDevice(userCode: string, decision: Decision): Promise<void> {
  await request('POST', `/device/${decision}`, { userCode })
}
