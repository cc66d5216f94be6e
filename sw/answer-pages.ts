/// <reference lib="webworker" />

import { HOST_METHODS } from '../src/domain/host-service.ts'
import { SERVICE_METHODS } from '../src/domain/service.ts'
import type { Host } from '../src/engine/host-ports.ts'
import type { Locks } from '../src/ports/locks.ts'
import { createWorkerEndpoint } from '../src/rpc/worker-endpoint.ts'
import { exposeCaller } from '../src/rpc/worker-exposure.ts'
import type { WorkerKind } from '../src/rpc/worker-kind.ts'
import type { PageTokens } from './page-tokens.ts'

/**
 * Answers the calls of this origin's pages. While the worker lives it holds the Web Lock `alive:<boot>`: a page that is
 * granted it knows that this worker is gone.
 */
export function answerPages(
  scope: ServiceWorkerGlobalScope,
  parts: {
    readonly host: Host
    readonly tokens: PageTokens
    readonly boot: string
    readonly locks: Locks
    /** Told with `hello`. */
    readonly kind: WorkerKind
    /** Called when a command left something in the queue. */
    readonly onQueued: () => void
  },
): void {
  const methods = [...HOST_METHODS, ...SERVICE_METHODS]
  const endpoint = createWorkerEndpoint({ origin: scope.location.origin, methods, boot: parts.boot })
  const caller = {
    async call(call: Parameters<Host['call']>[0]) {
      const result = await parts.host.call(call)
      if (typeof result !== 'object' || result === null) return result
      if ('queued' in result && result.queued === true) parts.onQueued()
      return call.method === 'hello' ? { ...result, kind: parts.kind } : result
    },
  }
  exposeCaller(caller, methods, endpoint)
  void parts.locks.hold(`alive:${parts.boot}`, {}, () => new Promise(() => {}))
  scope.addEventListener('message', (event) => {
    if (!parts.tokens.receive(event)) endpoint.receive(event)
  })
}
