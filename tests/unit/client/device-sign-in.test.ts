import { expect, test } from 'vitest'
import { type DeviceSignInOptions, startDeviceSignIn } from '../../../src/client/device-sign-in.ts'

type Said = { readonly status?: number; readonly body: unknown }

/** A cloud that says these things in turn; objects as JSON, texts as they are, errors as a network that is away. */
function aCloud(said: readonly (Said | Error)[]) {
  const asked: { path: string; body: string; type: string | null }[] = []
  const waits: number[] = []
  const answers = [...said]
  const options: Pick<DeviceSignInOptions, 'url' | 'clientName' | 'fetch' | 'wait'> = {
    url: 'https://cloud.test',
    clientName: 'lamp',
    async fetch(input, init) {
      const request = new Request(input, init)
      asked.push({
        path: new URL(request.url).pathname,
        body: await request.text(),
        type: request.headers.get('Content-Type'),
      })
      const next = answers.shift()
      if (next === undefined || next instanceof Error) throw next ?? new Error('nothing more was said')
      const text = typeof next.body === 'string' ? next.body : JSON.stringify(next.body)
      return new Response(text, { status: next.status ?? 200 })
    },
    async wait(ms) {
      waits.push(ms)
    },
  }
  return { asked, waits, options }
}

const refused = (error: string): Said => ({ status: 400, body: { error, error_description: 'words' } })
const CODES: Said = {
  body: {
    device_code: 'device',
    user_code: 'ABCD2345',
    verification_uri: 'https://cloud.test/device',
    verification_uri_complete: 'https://cloud.test/device?user_code=ABCD2345',
    expires_in: 900,
    interval: 5,
  },
}
const LEANSPEC_CODES: Said = {
  body: {
    deviceCode: 'device',
    userCode: 'ABCD',
    verificationUri: 'https://lean.test/activate',
    expiresIn: 600,
    interval: 3,
  },
}
const leanspecRefused = (message: string): Said => ({
  status: 400,
  body: { error: { code: 'BAD', message } },
})

test('asks as RFC 8628 says until the person has approved', async () => {
  const { asked, waits, options } = aCloud([
    CODES,
    refused('authorization_pending'),
    { body: { access_token: 'secret', token_type: 'Bearer', expires_in: 60 } },
  ])
  const started = await startDeviceSignIn(options)
  expect(started).toMatchObject({
    userCode: 'ABCD2345',
    verificationUri: 'https://cloud.test/device',
    verificationUriComplete: 'https://cloud.test/device?user_code=ABCD2345',
    expiresInMs: 900_000,
  })
  expect(await started.token()).toEqual({ accessToken: 'secret', expiresInMs: 60_000 })
  expect(waits).toEqual([5_000, 5_000])
  expect(asked.map(({ path }) => path)).toEqual([
    '/api/auth/device/code',
    '/api/auth/device/token',
    '/api/auth/device/token',
  ])
  expect(asked[0]).toMatchObject({ body: 'client_id=lamp', type: 'application/x-www-form-urlencoded' })
  expect(new URLSearchParams(asked[1]?.body).get('device_code')).toBe('device')
})

test('slows down when it is told to, and when the network or the server is away', async () => {
  const { waits, options } = aCloud([
    CODES,
    refused('slow_down'),
    new Error('offline'),
    { status: 503, body: 'busy' },
    { body: { access_token: 'secret' } },
  ])
  const started = await startDeviceSignIn(options)
  expect(await started.token()).toEqual({ accessToken: 'secret' })
  expect(waits).toEqual([5_000, 10_000, 15_000, 20_000])
})

test('an answer that breaks off on its way is a network that is away', async () => {
  const { waits, options } = aCloud([CODES, { body: { access_token: 'secret' } }])
  let isBroken = false
  const breaking: typeof fetch = async (input, init) => {
    if (!isBroken) return (options.fetch ?? fetch)(input, init)
    isBroken = false
    return new Response(new ReadableStream({ start: (body) => body.error(new TypeError('network error')) }))
  }
  const started = await startDeviceSignIn({ ...options, fetch: breaking })
  isBroken = true
  expect(await started.token()).toEqual({ accessToken: 'secret' })
  expect(waits).toEqual([5_000, 10_000])

  isBroken = true
  await expect(startDeviceSignIn({ ...options, fetch: breaking })).rejects.toMatchObject({
    code: 'sync/offline',
  })
})

test('a refusal and an expired code are told apart', async () => {
  const denied = await startDeviceSignIn(aCloud([CODES, refused('access_denied')]).options)
  await expect(denied.token()).rejects.toMatchObject({ code: 'account/denied' })
  const expired = await startDeviceSignIn(aCloud([CODES, refused('expired_token')]).options)
  await expect(expired.token()).rejects.toMatchObject({ code: 'account/code-expired', retryable: true })
})

test('speaks LeanSpec’s dialect, whose words stand in a message', async () => {
  const { asked, waits, options } = aCloud([
    LEANSPEC_CODES,
    leanspecRefused('authorization pending'),
    { body: { accessToken: 'secret', tokenType: 'Bearer', expiresIn: 3_600 } },
  ])
  const started = await startDeviceSignIn({ ...options, dialect: 'leanspec' })
  expect(started).toMatchObject({ userCode: 'ABCD', verificationUri: 'https://lean.test/activate' })
  expect(await started.token()).toEqual({ accessToken: 'secret', expiresInMs: 3_600_000 })
  expect(waits).toEqual([3_000, 3_000])
  expect(asked).toEqual([
    { path: '/api/sync/device/code', body: '{"machineLabel":"lamp"}', type: 'application/json' },
    { path: '/api/sync/oauth/token', body: '{"deviceCode":"device"}', type: 'application/json' },
    { path: '/api/sync/oauth/token', body: '{"deviceCode":"device"}', type: 'application/json' },
  ])
  const late = aCloud([LEANSPEC_CODES, leanspecRefused('device code expired')])
  const expired = await startDeviceSignIn({ ...late.options, dialect: 'leanspec' })
  await expect(expired.token()).rejects.toMatchObject({ code: 'account/code-expired' })
})

test.for([
  [
    'an error with code and message',
    { status: 403, body: { error: { code: 'X', message: 'not here' } } },
    'not here',
  ],
  ['an error that is a text', { status: 403, body: { error: 'not here' } }, 'not here'],
  ['a problem', { status: 403, body: { detail: 'not here' } }, 'not here'],
  ['plain text', { status: 401, body: 'not here' }, 'not here'],
] as const)('reads %s', async ([, said, words]) => {
  await expect(startDeviceSignIn(aCloud([said]).options)).rejects.toMatchObject({
    code: 'sync/rejected',
    message: expect.stringContaining(words),
    details: { status: said.status },
  })
})

test.for([
  ['a page', '<!doctype html><title>app</title>'],
  [
    'codes without a place to type them',
    { ...(CODES.body as object), verification_uri: 'javascript:alert(1)' },
  ],
  ['codes that are no texts', { ...(CODES.body as object), user_code: 7 }],
] as const)('takes %s for no answer', async ([, body]) => {
  await expect(startDeviceSignIn(aCloud([{ body }]).options)).rejects.toMatchObject({
    code: 'sync/bad-answer',
  })
})

test('stops when it is aborted', async () => {
  const { options } = aCloud([CODES])
  const stop = new AbortController()
  const started = await startDeviceSignIn({ ...options, signal: stop.signal })
  stop.abort()
  await expect(started.token()).rejects.toMatchObject({ name: 'AbortError' })
})

test.each(['https://cloud.test/chat', 'https://cloud.test/chat/'])(
  'asks below %s, where the server is',
  async (url) => {
    const { asked, options } = aCloud([CODES, { body: { access_token: 'token' } }])
    await (await startDeviceSignIn({ ...options, url })).token()
    expect(asked.map(({ path }) => path)).toEqual([
      '/chat/api/auth/device/code',
      '/chat/api/auth/device/token',
    ])
  },
)
