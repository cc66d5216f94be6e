import type { Session } from '../domain/host-service.ts'
import type { Caller } from '../rpc/protocol.ts'

/**
 * The last rung, for a page that could not even load the engine: each call tries again to load it. Until that succeeds reads and
 * commands reject with `storage/unavailable`, so that nothing claims to be saved; the client itself is there.
 */
export function createRetryingCaller(load: () => Promise<Caller>): Caller {
  let loading: Promise<Caller> | undefined
  let session: Promise<unknown> | undefined

  async function loaded(): Promise<Caller> {
    try {
      loading ??= load()
      return await loading
    } catch (error) {
      loading = undefined
      throw error
    }
  }

  return {
    async call(call) {
      if (call.method === 'openSession' && session === undefined) {
        const { baseName } = call.argument as { baseName: string }
        session = loaded().then((engine) => engine.call(call))
        session.catch(() => {
          session = undefined
        })
        return { database: baseName, accountId: null, adoptable: null } satisfies Session
      }
      const engine = await loaded()
      await session
      return engine.call(call)
    },
  }
}
