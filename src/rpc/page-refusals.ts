import { ChatkeepError, errorToRecord } from '../domain/errors.ts'
import { isObject } from '../domain/json-object.ts'
import type { Outcome } from './protocol.ts'

export const NOT_PLAIN = 'The call is no plain data. Nothing was sent.'
export const TOO_LARGE = 'The call is larger than 32 MB. Nothing was sent: make several calls of it.'
export const TIMED_OUT = 'The worker did not finish in time. It may still do it: look before you call again.'
export const UNREACHABLE = 'No worker answered in time. One may still do it: look before you call again.'
export const UNREADABLE = 'The worker sent an answer that cannot be read.'

/** What a call is settled with that the worker did not answer. */
export function refusal(
  code: 'input/invalid' | 'input/too-large' | 'rpc/timeout' | 'rpc/unreachable' | 'internal',
  message: string,
  details: Readonly<Record<string, unknown>> = {},
): Outcome {
  const retryable = code.startsWith('rpc/')
  return { ok: false, error: errorToRecord(new ChatkeepError(code, message, { retryable, details })) }
}

export function isOutcome(value: unknown): value is Outcome {
  return isObject(value) && (value.ok === true || (value.ok === false && isObject(value.error)))
}
