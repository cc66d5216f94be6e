import { ChatkeepError, type ErrorCode } from '../../domain/errors.ts'
import { jsonEquals } from '../../domain/json.ts'

/** Throws unless both are deeply equal JSON values. */
export function expectEqual(actual: unknown, expected: unknown, what: string): void {
  if (jsonEquals(actual, expected)) return
  throw new Error(`${what}: expected ${show(expected)}, found ${show(actual)}`)
}

/** Throws unless the promise rejects with a `ChatkeepError` of this code; answers the error. */
export async function expectRefusal(
  promise: Promise<unknown>,
  code: ErrorCode,
  what: string,
): Promise<ChatkeepError> {
  const outcome = await promise.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  )
  if (!('error' in outcome))
    throw new Error(`${what}: expected ${code}, but it resolved with ${show(outcome.value)}`)
  if (!(outcome.error instanceof ChatkeepError) || outcome.error.code !== code) {
    throw new Error(`${what}: expected ${code}, found ${String(outcome.error)}`, { cause: outcome.error })
  }
  return outcome.error
}

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value)
  return text.length > 300 ? `${text.slice(0, 300)}…` : text
}
