import type { Line, WorkerPort } from '../../rpc/worker-port.ts'

type PortLine = Line & { readonly end: MessagePort }

/** The way to a registration's worker. Does not depend on `controller`, which is null after a hard reload. */
export function workerPort(
  container: ServiceWorkerContainer,
  registration: ServiceWorkerRegistration,
): WorkerPort {
  return {
    post(message, line) {
      registration.active?.postMessage(message, line === undefined ? [] : [(line as PortLine).end])
    },
    openLine(hear): PortLine {
      const { port1, port2 } = new MessageChannel()
      port1.onmessage = ({ data }) => hear(data)
      return { end: port2, post: (message) => port1.postMessage(message), close: () => port1.close() }
    },
    listen(listener) {
      const receive = (event: MessageEvent<unknown>) => listener(event.data)
      container.addEventListener('message', receive)
      container.startMessages()
      return () => container.removeEventListener('message', receive)
    },
    onTakeover: (listener) => onWorkerState(container, registration, 'activated', listener),
    ...(hasLocks() ? { watchDeath } : {}),
  }
}

/** Calls back when a worker of the registration reaches the state, and for `activated` also on `controllerchange`. */
export function onWorkerState(
  container: ServiceWorkerContainer,
  registration: ServiceWorkerRegistration,
  state: ServiceWorkerState,
  listener: () => void,
): () => void {
  const ends = new AbortController()
  const { signal } = ends
  const follow = () => {
    const worker = registration.installing
    worker?.addEventListener('statechange', () => worker.state === state && listener(), { signal })
  }
  registration.addEventListener('updatefound', follow, { signal })
  follow()
  if (state === 'activated') container.addEventListener('controllerchange', listener, { signal })
  return () => ends.abort()
}

/** The worker holds the lock as long as it lives. */
async function watchDeath(boot: string, signal: AbortSignal): Promise<void> {
  await navigator.locks.request(`alive:${boot}`, { mode: 'shared', signal }, async () => {})
}

function hasLocks(): boolean {
  try {
    return 'locks' in navigator
  } catch {
    return false // A sandboxed frame may throw; the timers notice a death as well.
  }
}
