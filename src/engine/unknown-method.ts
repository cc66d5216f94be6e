import { ChatkeepError } from '../domain/errors.ts'

/** The refusal of a call that only another build understands. */
export function unknownMethod(method: string): ChatkeepError {
  return new ChatkeepError(
    'rpc/unsupported',
    `This build knows no method ${method}. Nothing was done; reload the page.`,
    { details: { method } },
  )
}
