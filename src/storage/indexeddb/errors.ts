import { ChatkeepError } from '../../domain/errors.ts'
import { RecordExists } from '../../ports/storage.ts'

/** What IndexedDB threw or reported, as an error of ours. */
export function toStorageError(cause: unknown): ChatkeepError | RecordExists {
  if (cause instanceof ChatkeepError) return cause
  const name = nameOf(cause)
  const reason = cause instanceof Error ? cause.message : String(cause)
  if (isReadLarge(reason)) return damaged(cause)
  switch (name) {
    case 'ConstraintError':
      return new RecordExists(reason, { cause })
    case 'QuotaExceededError':
      return new ChatkeepError(
        'storage/quota',
        'The disk space that the browser grants is used up. Nothing of this change was written; free space and try again.',
        { cause },
      )
    case 'DataCloneError':
    case 'DataError':
      return new ChatkeepError(
        'input/invalid',
        `A record or key cannot be stored: ${reason} Nothing was written.`,
        {
          cause,
        },
      )
    case 'NotReadableError':
    case 'NotFoundError':
      return damaged(cause)
    case 'InvalidStateError':
    case 'UnknownError':
    case 'AbortError':
    case 'TimeoutError':
      return connectionLost(cause)
    case 'TransactionInactiveError':
      return endedEarly(cause)
    default:
      return new ChatkeepError('storage/aborted', `The database refused: ${reason} Nothing was written.`, {
        cause,
        retryable: true,
      })
  }
}

/** Chromium, of a value whose file is cut: an `UnknownError`, in older versions a `DataError`. */
const isReadLarge = (reason: string): boolean => /read large/i.test(reason)

/**
 * Whether a read failed for what it would have read, as far as can be told: Chromium reports a file that is gone as `NotReadableError`, Firefox
 * as `UnknownError`, which others use for a connection that is lost.
 */
export function isReadFailure(cause: unknown): boolean {
  return (
    ['NotReadableError', 'NotFoundError', 'UnknownError'].includes(nameOf(cause)) ||
    isReadLarge(String(cause))
  )
}

/** The browser answers null where it cannot make sense of what it reads: no record is that. */
export function assertAnswer(answer: unknown): void {
  if (answer !== null && !(Array.isArray(answer) && answer.includes(null))) return
  throw new DOMException('A record cannot be read.', 'NotReadableError')
}

/** The connection is gone and the transaction undone; a new connection may do. */
export function connectionLost(cause: unknown): ChatkeepError {
  return new ChatkeepError(
    'storage/connection-lost',
    'The connection to the database was lost. Nothing of this transaction was written; try again.',
    { cause, retryable: true },
  )
}

/** The connection went away between commit and answer: the only case in which we cannot know. */
export function outcomeUnknown(): ChatkeepError {
  return new ChatkeepError(
    'storage/connection-lost',
    'The connection to the database was lost while it committed. The change may have been written; repeat it with the same id.',
    { retryable: true, details: { outcome: 'unknown' } },
  )
}

/** Whether the transaction surely had no effect because its connection was lost, so that it may run again. */
export function mayRunAgain(error: unknown): boolean {
  return (
    error instanceof ChatkeepError &&
    error.code === 'storage/connection-lost' &&
    error.details.outcome !== 'unknown'
  )
}

/** The transaction completed while its work still made requests. */
export function endedEarly(cause: unknown): ChatkeepError {
  const message =
    'A transaction had ended before its work did: the work awaited something else than its requests.'
  return new ChatkeepError('internal', message, { cause })
}

/** What kept a database from being opened. */
export function toOpenError(cause: unknown): Error {
  if (cause instanceof ChatkeepError) return cause
  if (nameOf(cause) === 'QuotaExceededError') return toStorageError(cause)
  const reason = cause instanceof Error ? cause.message : String(cause)
  return new ChatkeepError('storage/unavailable', `The browser does not open the database: ${reason}`, {
    cause,
    retryable: true,
  })
}

/** Name of a DOMException or Error; an empty text for anything else. */
export function nameOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'name' in error ? String(error.name) : ''
}

function damaged(cause: unknown): ChatkeepError {
  const reason = cause instanceof Error ? cause.message : String(cause)
  return new ChatkeepError('storage/corrupt', `The database is damaged or not made by chatkeep: ${reason}`, {
    cause,
  })
}
