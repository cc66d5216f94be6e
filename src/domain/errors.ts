/**
 * Every error that leaves chatkeep is a `ChatkeepError` with one of these codes. The part before the slash names the
 * layer that refused; tests and apps match on the code, never on the message.
 */
export const ERROR_CODES = [
  'account/closed',
  'account/code-expired',
  'account/denied',
  'account/gone',
  'account/moved',
  'account/removed',
  'account/not-offered',
  'input/invalid',
  'input/not-found',
  'input/too-large',
  'rpc/forbidden',
  'rpc/timeout',
  'rpc/unreachable',
  'rpc/unsupported',
  'storage/aborted',
  'storage/blocked',
  'storage/connection-lost',
  'storage/corrupt',
  'storage/quota',
  'storage/read-only',
  'storage/unavailable',
  'sync/absent',
  'sync/auth-required',
  'sync/bad-answer',
  'sync/gone',
  'sync/off',
  'sync/offline',
  'sync/rejected',
  'sync/server-error',
  'sync/too-large',
  'sync/too-many-requests',
  'sync/wrong-account',
  'worker/foreign',
  'worker/not-a-script',
  'worker/unavailable',
  'migration/unreadable',
  'internal',
] as const

export type ErrorCode = (typeof ERROR_CODES)[number]

/** An error as plain data: what crosses the worker boundary and what is stored with a quarantined operation. */
export type ErrorRecord = {
  readonly code: ErrorCode
  readonly message: string
  /** True when the same call may succeed later without a change by the caller. */
  readonly retryable: boolean
  readonly details: Readonly<Record<string, unknown>>
}

export type ErrorOptions = {
  /** True when the same call may succeed later without a change by the caller. */
  readonly retryable?: boolean
  readonly cause?: unknown
  /** Plain data only: it is structured-cloned between worker and page. */
  readonly details?: Readonly<Record<string, unknown>>
}

/** What went wrong, whether trying again can help, and plain details. The message says what happened, what is safe, what to do. */
export class ChatkeepError extends Error {
  override readonly name = 'ChatkeepError'
  readonly code: ErrorCode
  readonly retryable: boolean
  readonly details: Readonly<Record<string, unknown>>

  constructor(code: ErrorCode, message: string, options: ErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.retryable = options.retryable ?? false
    this.details = options.details ?? {}
  }
}

export function isErrorCode(value: unknown): value is ErrorCode {
  return typeof value === 'string' && (ERROR_CODES as readonly string[]).includes(value)
}

/** Any thrown value as plain data; what is not ours becomes `internal` and keeps its message. */
export function errorToRecord(error: unknown): ErrorRecord {
  if (error instanceof ChatkeepError) {
    return { code: error.code, message: error.message, retryable: error.retryable, details: error.details }
  }
  const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
  return { code: 'internal', message, retryable: false, details: {} }
}

/** The inverse of `errorToRecord`, for data that came over a boundary: unknown codes become `internal`. */
export function recordToError(record: Partial<ErrorRecord> | undefined): ChatkeepError {
  const code = isErrorCode(record?.code) ? record.code : 'internal'
  return new ChatkeepError(code, record?.message ?? 'Unknown error.', {
    retryable: record?.retryable === true,
    details: record?.details ?? {},
  })
}
