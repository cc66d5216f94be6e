import { ChatkeepError } from '../domain/errors.ts'
import type { Session } from '../domain/host-service.ts'
import type { Caller } from '../rpc/protocol.ts'

/**
 * The last rung, for a page that could not even load the engine: it has a session, of nobody, and keeps nothing. Each call tries again to
 * load the engine. Until that succeeds it rejects with the error of `load`, so that nothing claims to be saved; then with
 * `rpc/unreachable`, upon which the client looks for the best store that there is and makes the call there.
 */
export function createRetryingCaller(load: () => Promise<unknown>): Caller {
  return {
    async call({ method, argument }) {
      if (method === 'openSession') {
        const { baseName } = argument as { readonly baseName: string }
        return { database: baseName, accountId: null, adoptable: null } satisfies Session
      }
      await load()
      throw new ChatkeepError('rpc/unreachable', 'The engine was not there yet. Nothing was saved.', {
        retryable: true,
      })
    },
  }
}
