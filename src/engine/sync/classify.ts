import * as v from 'valibot'
import { ChatkeepError, type ErrorCode, type ErrorRecord, errorToRecord } from '../../domain/errors.ts'
import type { NetworkResponse } from '../../ports/network.ts'
import type { SpaceSync } from '../../ports/records/sync.ts'
import type { Failure } from './backoff.ts'
import { parseJsonText } from './parse-json-text.ts'
import { retryAfterMs } from './retry-after.ts'
import { readServerError } from './server-error.ts'

/** The destination cannot take it now: wait and try again. */
export type RetryOutcome = { readonly kind: 'retry'; readonly failure: Failure; readonly error: ErrorRecord }
/** No session, a session of somebody else, an account that was deleted, or no page that could answer for credentials. */
export type ParkOutcome = {
  readonly kind: 'park'
  readonly as: NonNullable<SpaceSync['parked']>
  readonly error: ErrorRecord
}
/** The cursor means nothing to this server (any more). */
export type GoneOutcome = { readonly kind: 'gone'; readonly error: ErrorRecord }
/** 409, 412: something happened there that we have not pulled. */
export type StaleOutcome = { readonly kind: 'stale'; readonly error: ErrorRecord }
/** It will not take this. `isDestination`: perhaps it takes nothing at all (403, 404, 405). */
export type RefusedOutcome = {
  readonly kind: 'refused'
  readonly isDestination: boolean
  readonly error: ErrorRecord
}

export type FailedOutcome = RetryOutcome | ParkOutcome | GoneOutcome | StaleOutcome | RefusedOutcome
/** `etag`: the validator of what was answered, as it came. */
export type OkOutcome<Answer> = { readonly kind: 'ok'; readonly answer: Answer; readonly etag?: string }
export type Outcome<Answer> = OkOutcome<Answer> | FailedOutcome

/** What an HTTP answer means. Only a 2xx whose body is what was asked for is a success; a page from a proxy is not. */
export function classifyResponse<Schema extends v.GenericSchema>(
  response: NetworkResponse,
  schema: Schema,
  now: number,
): Outcome<v.InferOutput<Schema>> {
  const { status } = response
  if (status >= 200 && status < 300) {
    const parsed = v.safeParse(schema, parseJsonText(response.body))
    const { etag } = response.headers
    if (parsed.success) return { kind: 'ok', answer: parsed.output, ...(etag === undefined ? {} : { etag }) }
    return badAnswer(`The cloud answered ${status} with something else than was asked for.`, {
      status,
      path: v.getDotPath(parsed.issues[0]) ?? '',
    })
  }
  if (status === 401) return unauthorized(response)
  if (status === 410 && readServerError(response).code === 'account/gone')
    return { kind: 'park', as: 'gone', error: toRecord('account/gone', response, false) }
  if (status === 410) return { kind: 'gone', error: toRecord('sync/gone', response, true) }
  if (status === 409 || status === 412)
    return { kind: 'stale', error: toRecord('sync/rejected', response, true) }
  if (status === 429) return retry('rate', 'sync/too-many-requests', response, now)
  if (status === 408 || status === 425 || status >= 500)
    return retry('server', 'sync/server-error', response, now)
  if (status === 413)
    return { kind: 'refused', isDestination: false, error: toRecord('sync/too-large', response, false) }
  if (status >= 400) {
    const isDestination = status === 403 || status === 404 || status === 405
    return { kind: 'refused', isDestination, error: toRecord('sync/rejected', response, false) }
  }
  return badAnswer(`The cloud answered ${status}, which means nothing here.`, { status })
}

/** What it means that no answer came. */
export function classifyException(error: unknown): RetryOutcome | ParkOutcome {
  const record = errorToRecord(error)
  if (record.code === 'sync/auth-required') return { kind: 'park', as: 'page', error: record }
  if (record.code === 'sync/bad-answer')
    return { kind: 'retry', failure: { reason: 'server', retryAfterMs: null }, error: record }
  const offline: ErrorRecord =
    record.code === 'sync/offline'
      ? record
      : {
          code: 'sync/offline',
          message:
            'No answer came from the cloud. Everything is kept here and is sent by itself when it answers.',
          retryable: true,
          details: { cause: record.message },
        }
  return { kind: 'retry', failure: { reason: 'network', retryAfterMs: null }, error: offline }
}

/** An answer that cannot be what our server says: a proxy's page, a captive portal, another program on that address. */
export function badAnswer(message: string, details: ErrorRecord['details']): RetryOutcome {
  const error = errorToRecord(
    new ChatkeepError('sync/bad-answer', `${message} Everything is kept here and is sent again.`, {
      retryable: true,
      details,
    }),
  )
  return { kind: 'retry', failure: { reason: 'server', retryAfterMs: null }, error }
}

/** A refusal of something that there is no other way to ask for: the destination's fault. */
export function refusalToRetry(outcome: RefusedOutcome | StaleOutcome | GoneOutcome): RetryOutcome {
  return {
    kind: 'retry',
    failure: { reason: 'server', retryAfterMs: null },
    error: { ...outcome.error, retryable: true },
  }
}

function unauthorized(response: NetworkResponse): ParkOutcome {
  const isOther = readServerError(response).code === 'sync/wrong-account'
  return {
    kind: 'park',
    as: isOther ? 'wrong-account' : 'auth',
    error: toRecord(isOther ? 'sync/wrong-account' : 'sync/auth-required', response, true),
  }
}

function retry(
  reason: Failure['reason'],
  code: ErrorCode,
  response: NetworkResponse,
  now: number,
): RetryOutcome {
  const seconds = readServerError(response).retryAfterS
  const askedMs = retryAfterMs(response.headers, now) ?? (seconds === null ? null : seconds * 1_000)
  return { kind: 'retry', failure: { reason, retryAfterMs: askedMs }, error: toRecord(code, response, true) }
}

function toRecord(code: ErrorCode, response: NetworkResponse, retryable: boolean): ErrorRecord {
  const { code: serverCode, message } = readServerError(response)
  const said = message === null ? '' : ` (${message})`
  return {
    code,
    message: `The cloud answered ${response.status}${said}. Nothing was lost: it is kept here.`,
    retryable,
    details: { status: response.status, ...(serverCode === null ? {} : { serverCode }) },
  }
}
