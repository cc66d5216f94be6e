import { ChatkeepError } from '../../domain/errors.ts'

/** There can be no worker here, or not this one. */
export const unavailable = (text: string, cause?: unknown): ChatkeepError =>
  new ChatkeepError('worker/unavailable', text, { cause })
