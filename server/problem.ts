import { ChatkeepError, type ErrorCode } from '../src/domain/errors.ts'

export type ProblemOptions = {
  readonly detail?: string
  /** Seconds; also becomes the `Retry-After` header. */
  readonly retryAfter?: number
  readonly details?: Readonly<Record<string, unknown>>
  /** Further members of the body, beside those of RFC 9457. */
  readonly members?: Readonly<Record<string, unknown>>
  readonly headers?: Readonly<Record<string, string>>
}

const TITLES: Partial<Record<ErrorCode, string>> = {
  'account/gone': 'The account was deleted.',
  'input/invalid': 'The request is not valid.',
  'input/not-found': 'There is nothing here.',
  'sync/auth-required': 'A session is needed.',
  'sync/gone': 'The log does not go on from there.',
  'sync/rejected': 'The request was refused.',
  'sync/server-error': 'The server failed.',
  'sync/too-large': 'The request is too large.',
  'sync/too-many-requests': 'Too many requests.',
  'sync/wrong-account': 'The session belongs to another account.',
}

/** Problem details of RFC 9457, with the code of a `ChatkeepError`. */
export function problem(status: number, code: ErrorCode, options: ProblemOptions = {}): Response {
  const { detail, retryAfter, details, members, headers } = options
  const body = {
    type: 'about:blank',
    title: TITLES[code] ?? 'The request failed.',
    status,
    code,
    ...(detail === undefined ? {} : { detail }),
    ...(retryAfter === undefined ? {} : { retryAfter }),
    ...(details === undefined ? {} : { details }),
    ...members,
  }
  return new Response(JSON.stringify(body), {
    status,
    headers: {
      'Content-Type': 'application/problem+json',
      'Cache-Control': 'no-store',
      ...(retryAfter === undefined ? {} : { 'Retry-After': String(retryAfter) }),
      ...headers,
    },
  })
}

const STATUS: Partial<Record<ErrorCode, number>> = {
  'account/gone': 410,
  'input/invalid': 400,
  'input/not-found': 404,
  'input/too-large': 413,
  'sync/auth-required': 401,
  'sync/gone': 410,
  'sync/rejected': 403,
  'sync/server-error': 500,
  'sync/too-large': 413,
  'sync/too-many-requests': 429,
  'sync/wrong-account': 401,
}

/** A thrown error as an answer. What is not a `ChatkeepError` becomes a 500 that tells nothing about its cause. */
export function errorToProblem(error: unknown): Response {
  const status = error instanceof ChatkeepError ? STATUS[error.code] : undefined
  if (!(error instanceof ChatkeepError) || status === undefined) {
    return problem(500, 'sync/server-error', { detail: 'What was sent is not stored. Try again later.' })
  }
  return problem(status, error.code, { detail: error.message, details: error.details })
}
