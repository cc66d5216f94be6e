import { ChatkeepError, type ErrorOptions } from '../../domain/errors.ts'

/** There can be no worker here, or not this one. */
export const unavailable = (
  text: string,
  cause?: unknown,
  details: ErrorOptions['details'] = {},
): ChatkeepError => new ChatkeepError('worker/unavailable', text, { cause, details })
