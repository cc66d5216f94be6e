import { ChatkeepError, errorToRecord } from '../domain/errors.ts'
import { assertJson } from '../domain/json.ts'
import type { Outcome } from './protocol.ts'

/**
 * Refuses an argument that no message carries, and says where it holds what. Throws when JSON would carry it all the same. Loaded when it
 * is needed: few pages ever do.
 */
export function refuseNotPlain(argument: unknown): Outcome {
  try {
    assertJson(argument, '')
  } catch (error) {
    const { code, message, details } = errorToRecord(error)
    const found = String(details.path)
    const path = found.replace(/^\./, '') || 'the argument'
    const named = new ChatkeepError(code, path + message.slice(found.length), { details: { path } })
    return { ok: false, error: errorToRecord(named) }
  }
  throw new TypeError('Nothing was found that is no plain data.')
}
