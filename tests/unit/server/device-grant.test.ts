import * as oauth from 'oauth4webapi'
import * as openid from 'openid-client'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { type RunningServer, type StartOptions, startServer } from '../../../server/start-server.ts'

const json = { 'Content-Type': 'application/json' }
/** Our own server, without TLS. */
const insecure = { [oauth.allowInsecureRequests]: true }

let server: RunningServer | undefined
// Only the date: the network needs its timers.
beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'] }))
afterEach(async () => {
  vi.useRealTimers()
  await server?.close()
})
const pass = (seconds: number) => vi.setSystemTime(Date.now() + seconds * 1_000)

async function start(options: Partial<StartOptions> = {}): Promise<string> {
  server = await startServer({ port: 0, databaseUrl: 'sqlite::memory:', ...options })
  return server.url
}

async function signUp(url: string, email = 'anna@example.com') {
  const answer = await fetch(`${url}/api/auth/sign-up/email`, {
    method: 'POST',
    headers: json,
    body: JSON.stringify({ email, password: 'correct horse', name: 'Anna' }),
  })
  const { user } = (await answer.json()) as { user: { id: string } }
  return {
    id: user.id,
    headers: { ...json, Authorization: `Bearer ${answer.headers.get('set-auth-token')}` },
  }
}

/** What the approval page does: look at the request, then decide. */
async function decide(
  url: string,
  headers: Record<string, string>,
  userCode: string,
  decision: 'approve' | 'deny',
) {
  const seen = await fetch(`${url}/api/auth/device?user_code=${userCode}`, { headers })
  const done = await fetch(`${url}/api/auth/device/${decision}`, {
    method: 'POST',
    headers,
    body: JSON.stringify({ userCode }),
  })
  return { seen: (await seen.json()) as Record<string, unknown>, status: done.status }
}

/** A program that uses oauth4webapi, as far as the code it shows. */
async function oauthDevice(url: string) {
  const issuer = new URL(url)
  const discovered = await oauth.discoveryRequest(issuer, { algorithm: 'oauth2', ...insecure })
  const as = await oauth.processDiscoveryResponse(issuer, discovered)
  const client: oauth.Client = { client_id: 'lamp' }
  const auth = oauth.None()
  const asked = await oauth.deviceAuthorizationRequest(as, client, auth, {}, insecure)
  const codes = await oauth.processDeviceAuthorizationResponse(as, client, asked)
  /** Asks as soon as it may, or after so many seconds. */
  async function poll(seconds = codes.interval ?? 5): Promise<oauth.TokenEndpointResponse | string> {
    pass(seconds)
    const answer = await oauth.deviceCodeGrantRequest(as, client, auth, codes.device_code, insecure)
    try {
      return await oauth.processDeviceCodeResponse(as, client, answer)
    } catch (error) {
      if (error instanceof oauth.ResponseBodyError) return error.error
      throw error
    }
  }
  return { codes, poll }
}

test('oauth4webapi signs a device in, which then has the account of whoever approved', async () => {
  const url = await start()
  const anna = await signUp(url)
  const { codes, poll } = await oauthDevice(url)
  expect(codes.verification_uri).toBe(`${url}/device`)
  expect(codes.verification_uri_complete).toBe(`${url}/device?user_code=${codes.user_code}`)
  expect(await poll()).toBe('authorization_pending')
  const { seen, status } = await decide(url, anna.headers, codes.user_code, 'approve')
  expect([seen.client_id, seen.status, status]).toEqual(['lamp', 'pending', 200])
  const token = await poll()
  if (typeof token === 'string') throw new Error(token)
  const session = await fetch(`${url}/api/v1/chat/session`, {
    headers: { Authorization: `Bearer ${token.access_token}` },
  })
  expect(await session.json()).toMatchObject({ accountId: anna.id })
  expect(await poll()).toBe('invalid_grant')
})

test('openid-client signs a device in while it keeps asking', async () => {
  const url = await start({ deviceGrant: { intervalMs: 1_000 } })
  const anna = await signUp(url)
  const configuration = await openid.discovery(new URL(url), 'radio', undefined, openid.None(), {
    algorithm: 'oauth2',
    execute: [openid.allowInsecureRequests],
  })
  const codes = await openid.initiateDeviceAuthorization(configuration, {})
  const polled: string[] = []
  configuration[openid.customFetch] = async (address, init) => {
    pass(1)
    const answer = await fetch(address, init as RequestInit)
    const { error } = (await answer.clone().json()) as { error?: string }
    polled.push(error ?? 'token')
    // The person answers when the device has asked once.
    if (polled.length === 1) await decide(url, anna.headers, codes.user_code, 'approve')
    return answer
  }
  const token = await openid.pollDeviceAuthorizationGrant(configuration, codes)
  expect(polled).toEqual(['authorization_pending', 'token'])
  const session = await fetch(`${url}/api/v1/chat/session`, {
    headers: { Authorization: `Bearer ${token.access_token}` },
  })
  expect(await session.json()).toMatchObject({ accountId: anna.id })
})

test('a device that asks too often is told to slow down', async () => {
  const { poll } = await oauthDevice(await start())
  expect([await poll(), await poll(4), await poll()]).toEqual([
    'authorization_pending',
    'slow_down',
    'authorization_pending',
  ])
})

test('a code that nobody approved in time is expired', async () => {
  const { codes, poll } = await oauthDevice(await start())
  expect(codes.expires_in).toBe(900)
  expect(await poll(899)).toBe('authorization_pending')
  expect(await poll()).toBe('expired_token')
})

test('who says no denies access', async () => {
  const url = await start()
  const anna = await signUp(url)
  const { codes, poll } = await oauthDevice(url)
  expect((await decide(url, anna.headers, codes.user_code, 'deny')).status).toBe(200)
  expect(await poll()).toBe('access_denied')
})

test('nobody approves without a session, for somebody else, or from a foreign page', async () => {
  const url = await start()
  const [anna, ben] = [await signUp(url), await signUp(url, 'ben@example.com')]
  const { codes, poll } = await oauthDevice(url)
  const userCode = codes.user_code
  expect((await decide(url, json, userCode, 'approve')).status).toBe(401)
  await fetch(`${url}/api/auth/device?user_code=${userCode}`, { headers: anna.headers })
  const { seen, status } = await decide(url, ben.headers, userCode, 'approve')
  expect([seen.client_id, status]).toEqual([undefined, 403])
  const foreign = { ...anna.headers, Origin: 'https://evil.example' }
  expect((await decide(url, foreign, userCode, 'approve')).status).toBe(403)
  expect(await poll()).toBe('authorization_pending')
})
