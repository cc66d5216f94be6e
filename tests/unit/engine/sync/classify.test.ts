import { expect, test } from 'vitest'
import { ChatkeepError } from '../../../../src/domain/errors.ts'
import { postAnswerSchema } from '../../../../src/domain/wire.ts'
import { classifyException, classifyResponse } from '../../../../src/engine/sync/classify.ts'
import { parseJsonText } from '../../../../src/engine/sync/parse-json-text.ts'
import { readServerError } from '../../../../src/engine/sync/server-error.ts'
import { json, problem } from './cloud-double.ts'

const NOW = Date.UTC(2026, 0, 1)
const classify = (response: Parameters<typeof classifyResponse>[0]) =>
  classifyResponse(response, postAnswerSchema, NOW)
const empty = { accepted: [], held: [], rejected: [], head: '0' }

test('only a 2xx with the body that was asked for is a success', () => {
  expect(classify(json(200, empty))).toEqual({ kind: 'ok', answer: empty })
  const html = {
    status: 200,
    headers: { 'content-type': 'text/html' },
    body: '<!doctype html><title>Wi-Fi sign-in</title>',
  }
  for (const response of [
    html,
    json(200, {}),
    json(200, { ...empty, head: 7 }),
    json(200, null),
    { status: 204, headers: {}, body: '' },
  ]) {
    expect(classify(response)).toMatchObject({
      kind: 'retry',
      failure: { reason: 'server' },
      error: { code: 'sync/bad-answer' },
    })
  }
  for (const status of [304, 302, 100]) expect(classify(json(status, empty)).kind).toBe('retry')
})

test('each status has its outcome', () => {
  const outcomes = Object.fromEntries(
    [400, 401, 403, 404, 405, 408, 409, 410, 412, 413, 418, 422, 425, 429, 500, 502, 503, 504].map(
      (status) => {
        const { kind, ...rest } = classify(problem(status, 'x')) as {
          kind: string
          failure?: { reason: string }
          isDestination?: boolean
        }
        return [
          status,
          [kind, rest.failure?.reason ?? rest.isDestination].filter((part) => part !== undefined).join(' '),
        ]
      },
    ),
  )
  expect(outcomes).toEqual({
    400: 'refused false',
    401: 'park',
    403: 'refused true',
    404: 'refused true',
    405: 'refused true',
    408: 'retry server',
    409: 'stale',
    410: 'gone',
    412: 'stale',
    413: 'refused false',
    418: 'refused false',
    422: 'refused false',
    425: 'retry server',
    429: 'retry rate',
    500: 'retry server',
    502: 'retry server',
    503: 'retry server',
    504: 'retry server',
  })
})

test('a 401 tells a missing session from somebody else’s', () => {
  expect(classify(problem(401, 'sync/auth-required'))).toMatchObject({
    kind: 'park',
    as: 'auth',
    error: { code: 'sync/auth-required' },
  })
  expect(classify(problem(401, 'sync/wrong-account'))).toMatchObject({ kind: 'park', as: 'wrong-account' })
  expect(classify({ status: 401, headers: {}, body: 'Unauthorized' })).toMatchObject({
    kind: 'park',
    as: 'auth',
  })
})

test('a 410 tells an account that was deleted from a log that was replaced', () => {
  expect(classify(problem(410, 'account/gone'))).toMatchObject({
    kind: 'park',
    as: 'gone',
    error: { code: 'account/gone' },
  })
  expect(classify(problem(410, 'sync/gone'))).toMatchObject({ kind: 'gone', error: { code: 'sync/gone' } })
})

test('Retry-After is read as seconds, as a date by the server’s clock, and from the body', () => {
  const retryAfter = (headers: Record<string, string>, body: object = {}) => {
    const outcome = classify({ status: 429, headers, body: JSON.stringify({ title: 't', ...body }) })
    return outcome.kind === 'retry' ? outcome.failure.retryAfterMs : undefined
  }
  expect(retryAfter({ 'retry-after': '120' })).toBe(120_000)
  expect(retryAfter({ 'retry-after': '0' })).toBe(0)
  expect(retryAfter({ 'retry-after': new Date(NOW + 30_000).toUTCString() })).toBe(30_000)
  const wrongClock = { 'retry-after': 'Wed, 01 Jan 2020 00:01:00 GMT', date: 'Wed, 01 Jan 2020 00:00:00 GMT' }
  expect(retryAfter(wrongClock)).toBe(60_000)
  expect(retryAfter({ 'retry-after': 'Wed, 01 Jan 2020 00:00:00 GMT' })).toBe(0)
  expect(retryAfter({ 'retry-after': 'soon' })).toBeNull()
  expect(retryAfter({}, { retryAfter: 7 })).toBe(7_000)
})

test('reads the four error shapes in the field, and problem details', () => {
  const read = (body: string) => readServerError({ body })
  expect(read('{"error":{"code":"invalid_grant","message":"authorization_pending"}}')).toEqual({
    code: 'invalid_grant',
    message: 'authorization_pending',
    retryAfterS: null,
  })
  expect(read('{"error":"no such chat"}')).toMatchObject({ code: null, message: 'no such chat' })
  expect(read('Unauthorized')).toMatchObject({ code: null, message: 'Unauthorized' })
  expect(read('<html><body>502 Bad Gateway</body></html>')).toEqual({
    code: null,
    message: null,
    retryAfterS: null,
  })
  expect(read('{"title":"Gone","status":410,"code":"sync/gone","detail":"restored"}')).toMatchObject({
    code: 'sync/gone',
    message: 'restored',
  })
  for (const odd of ['', 'null', '[]', '7', '{"error":7}', '{']) expect(() => read(odd)).not.toThrow()
  expect(read('x'.repeat(5_000)).message?.length).toBe(300)
})

test('no answer means network, no page for a token parks, too large an answer is a bad one', () => {
  expect(classifyException(new TypeError('Failed to fetch'))).toMatchObject({
    kind: 'retry',
    failure: { reason: 'network' },
    error: { code: 'sync/offline' },
  })
  expect(classifyException(new ChatkeepError('sync/offline', 'x'))).toMatchObject({
    kind: 'retry',
    failure: { reason: 'network' },
  })
  expect(classifyException(new ChatkeepError('sync/auth-required', 'x'))).toMatchObject({
    kind: 'park',
    as: 'page',
  })
  expect(classifyException(new ChatkeepError('sync/bad-answer', 'x'))).toMatchObject({
    kind: 'retry',
    failure: { reason: 'server' },
  })
})

test('a server’s __proto__ keys are dropped wherever they stand', () => {
  const parsed = parseJsonText('{"a":{"__proto__":{"polluted":1},"b":2},"\\u005f_proto__":{"c":3}}')
  expect(parsed).toEqual({ a: { b: 2 } })
  expect(Object.getPrototypeOf(parsed)).toBe(Object.prototype)
  expect(parseJsonText('nonsense')).toBeUndefined()
})
