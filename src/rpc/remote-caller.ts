import { type Endpoint, type Remote, wrap } from 'comlink'
import { recordToError } from '../domain/errors.ts'
import type { CallArgument, Caller, Outcome } from './protocol.ts'

type Table = Record<string, (call: CallArgument) => Promise<Outcome>>

/**
 * Calls through Comlink what is exposed at the other end; errors arrive as `ChatkeepError` with their code. Keep the result
 * where it is not collected while calls are in flight: Comlink releases a proxy that is.
 */
export function createRemoteCaller(endpoint: Endpoint): Caller {
  const remote: Remote<Table> = wrap<Table>(endpoint)
  return {
    async call({ database, method, argument }) {
      const outcome: Outcome | undefined = await remote[method]?.({ database, argument })
      if (outcome?.ok === true) return outcome.value
      throw recordToError(outcome?.error)
    },
  }
}
