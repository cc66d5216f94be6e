/// <reference lib="webworker" />

/** Followed by the scope, as Workbox names its own. */
const STATE_CACHE = 'chatkeep-state-'
const OLD_PAGES = 'old-pages'

/** The pages that were open when this worker took over: they run an older build. Remembered across the worker's own deaths. */
export function createOldPages(scope: ServiceWorkerGlobalScope) {
  const openPages = async () =>
    (await scope.clients.matchAll({ type: 'window', includeUncontrolled: true })).map(({ id }) => id)
  const openCache = () => scope.caches.open(STATE_CACHE + scope.registration.scope)
  const key = () => new URL(OLD_PAGES, scope.registration.scope).href

  return {
    async remember(): Promise<void> {
      const cache = await openCache()
      await cache.put(key(), new Response(JSON.stringify(await openPages())))
    },
    async areGone(): Promise<boolean> {
      const cache = await openCache()
      const stored: unknown = await (await cache.match(key()))?.json()
      const old = Array.isArray(stored) ? stored : []
      const open = await openPages()
      return !old.some((id) => open.includes(id))
    },
  }
}
