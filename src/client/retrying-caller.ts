import type { Session } from '../domain/host-service.ts'
import type { Caller } from '../rpc/protocol.ts'

/**
 * The last rung, for a page that could not even load the engine: each call tries again to load it. Until that succeeds reads and
 * commands reject with the error of `load`, so that nothing claims to be saved; the client itself is there.
 */
export function createRetryingCaller(load: () => Promise<Caller>): Caller {
  let baseName = ''
  let opening: Promise<Caller> | undefined

  /** The engine, with its session opened. */
  function opened(): Promise<Caller> {
    opening ??= open().catch((error: unknown) => {
      opening = undefined
      throw error
    })
    return opening
  }

  async function open(): Promise<Caller> {
    const engine = await load()
    await engine.call({ database: null, method: 'openSession', argument: { baseName } })
    return engine
  }

  return {
    async call(call) {
      if (call.method === 'openSession' && opening === undefined) {
        baseName = (call.argument as { readonly baseName: string }).baseName
        return { database: baseName, accountId: null, adoptable: null } satisfies Session
      }
      return (await opened()).call(call)
    },
  }
}
