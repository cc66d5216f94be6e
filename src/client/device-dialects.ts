import { isObject } from '../domain/json-object.ts'

/** An answer with its words, whatever shape the server gave them. */
export type DeviceAnswer = {
  readonly isOk: boolean
  readonly status: number
  /** Undefined when it was no JSON object: an app shell answers any path with a page. */
  readonly body: Readonly<Record<string, unknown>> | undefined
  readonly message: string | undefined
}

type Codes = {
  readonly deviceCode: string
  readonly userCode: string
  readonly verificationUri: string
  readonly verificationUriComplete?: string
  readonly expiresInSeconds: number
  readonly intervalSeconds?: number
}
type Token = { readonly accessToken: string; readonly expiresInMs?: number }
type Sent = { readonly path: string; readonly type: string; readonly body: string }

/** One way of speaking the device grant. */
type Dialect = {
  askForCodes(clientName: string): Sent
  askForToken(deviceCode: string, clientName: string): Sent
  readCodes(body: DeviceAnswer['body']): Codes | null
  readToken(body: DeviceAnswer['body']): Token | null
  /** RFC 8628's word for a refusal. */
  wordOf(answer: DeviceAnswer): string | undefined
}

const FORM = 'application/x-www-form-urlencoded'
const JSON_TYPE = 'application/json'
const GRANT = 'urn:ietf:params:oauth:grant-type:device_code'

const rfc8628: Dialect = {
  askForCodes: (clientName) => ({
    path: '/api/auth/device/code',
    type: FORM,
    body: new URLSearchParams({ client_id: clientName }).toString(),
  }),
  askForToken: (deviceCode, clientName) => ({
    path: '/api/auth/device/token',
    type: FORM,
    body: new URLSearchParams({
      grant_type: GRANT,
      device_code: deviceCode,
      client_id: clientName,
    }).toString(),
  }),
  readCodes: (body) =>
    codesOf(body, {
      deviceCode: 'device_code',
      userCode: 'user_code',
      uri: 'verification_uri',
      complete: 'verification_uri_complete',
      expiresIn: 'expires_in',
    }),
  readToken: (body) => tokenOf(body?.access_token, body?.expires_in),
  wordOf: ({ body }) => textOf(body?.error),
}

const LEANSPEC_WORDS: readonly (readonly [RegExp, string])[] = [
  [/slow/i, 'slow_down'],
  [/pending/i, 'authorization_pending'],
  [/expired/i, 'expired_token'],
  [/denied/i, 'access_denied'],
]

/** Pending and expired are a 400 with the word somewhere in the message; there is no refresh. */
const leanspec: Dialect = {
  askForCodes: (clientName) => ({
    path: '/api/sync/device/code',
    type: JSON_TYPE,
    body: JSON.stringify({ machineLabel: clientName }),
  }),
  askForToken: (deviceCode) => ({
    path: '/api/sync/oauth/token',
    type: JSON_TYPE,
    body: JSON.stringify({ deviceCode }),
  }),
  readCodes: (body) =>
    codesOf(body, {
      deviceCode: 'deviceCode',
      userCode: 'userCode',
      uri: 'verificationUri',
      complete: 'verificationUriComplete',
      expiresIn: 'expiresIn',
    }),
  readToken: (body) => tokenOf(body?.accessToken, body?.expiresIn),
  wordOf: ({ message = '' }) => LEANSPEC_WORDS.find(([pattern]) => pattern.test(message))?.[1],
}

export const DIALECTS = { rfc8628, leanspec } as const

/**
 * Reads an answer without believing its type. Refusals come as `{error: {code, message}}`, `{error: "text"}` (with or without
 * `error_description`), a problem's `{detail}`, plain text, or a page with status 200.
 */
export async function readAnswer(response: Response): Promise<DeviceAnswer> {
  const text = await response.text()
  let body: DeviceAnswer['body']
  try {
    const parsed: unknown = JSON.parse(text)
    if (isObject(parsed)) body = parsed
  } catch {
    // Plain text or a page: said below.
  }
  const { error } = body ?? {}
  const nested = isObject(error) ? (textOf(error.message) ?? textOf(error.code)) : undefined
  const flat = textOf(body?.error_description) ?? textOf(error) ?? textOf(body?.detail)
  const plain =
    body === undefined && !text.trimStart().startsWith('<') ? text.slice(0, 200).trim() : undefined
  return { isOk: response.ok, status: response.status, body, message: nested ?? flat ?? (plain || undefined) }
}

function codesOf(
  body: DeviceAnswer['body'],
  names: Readonly<Record<'deviceCode' | 'userCode' | 'uri' | 'complete' | 'expiresIn', string>>,
): Codes | null {
  const [deviceCode, userCode, uri] = [names.deviceCode, names.userCode, names.uri].map((name) =>
    textOf(body?.[name]),
  )
  const expiresIn = body?.[names.expiresIn]
  if (deviceCode === undefined || userCode === undefined || !isWebAddress(uri)) return null
  if (typeof expiresIn !== 'number' || !(expiresIn > 0)) return null
  const complete = textOf(body?.[names.complete])
  const interval = body?.interval
  return {
    deviceCode,
    userCode,
    verificationUri: uri,
    ...(isWebAddress(complete) ? { verificationUriComplete: complete } : {}),
    expiresInSeconds: expiresIn,
    ...(typeof interval === 'number' && interval > 0 ? { intervalSeconds: interval } : {}),
  }
}

function tokenOf(accessToken: unknown, expiresIn: unknown): Token | null {
  const text = textOf(accessToken)
  if (text === undefined) return null
  return { accessToken: text, ...(typeof expiresIn === 'number' ? { expiresInMs: expiresIn * 1_000 } : {}) }
}

/** An app may show it as a link: never a script. */
function isWebAddress(text: string | undefined): text is string {
  return text !== undefined && URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)
}

const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined
