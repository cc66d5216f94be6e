/** A service worker's global scope: what it listens to can be dispatched, and what it waits for is collected. */
export function createFakeScope({
  pages = [] as FakePage[],
  sync = 'granted' as 'granted' | 'denied' | 'absent',
} = {}) {
  const listeners = new Map<string, ((event: any) => void)[]>()
  const registered: string[] = []
  const syncManager = {
    register: async (tag: string) => {
      if (sync === 'denied') throw new DOMException('denied', 'NotAllowedError')
      registered.push(tag)
    },
  }
  const scope = {
    location: { origin: 'https://app.example' },
    registration: { ...(sync === 'absent' ? {} : { sync: syncManager }) },
    clients: { matchAll: async () => pages },
    addEventListener(type: string, listener: (event: any) => void) {
      listeners.set(type, [...(listeners.get(type) ?? []), listener])
    },
  }
  return {
    scope: scope as unknown as ServiceWorkerGlobalScope,
    registered,
    /** Dispatches an event; resolves or rejects as what it waits for does. */
    async dispatch(type: string, event: Record<string, unknown> = {}) {
      const waits: Promise<unknown>[] = []
      const full = { ...event, waitUntil: (work: Promise<unknown>) => void waits.push(work) }
      for (const listener of listeners.get(type) ?? []) listener(full)
      await Promise.all(waits)
    },
  }
}

export type FakePage = { postMessage(message: any): void }
