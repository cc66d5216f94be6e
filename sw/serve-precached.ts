/// <reference lib="webworker" />
import { setCacheNameDetails } from 'workbox-core/setCacheNameDetails.js'
import { PrecacheController } from 'workbox-precaching/PrecacheController.js'
import { createOldPages } from './old-pages.ts'

/** What the Vite plugin knows of the app's build. URLs are relative to the worker. */
export type AppBuild = {
  readonly entries: readonly { readonly url: string; readonly revision: string | null }[]
  /** Answers navigations within the scope; null leaves them to the network. */
  readonly page: string | null
  /** Paths that begin so always go to the network. */
  readonly networkOnly: readonly string[]
}

/** What an old page may still ask for: its lazy parts, never its data. */
const OLD_PARTS: readonly RequestDestination[] = ['script', 'style', 'font', 'image', 'worker']

/**
 * Caches the app's build at install, all of it or none, and answers from that. What an older build had cached stays until no page
 * of it is left. Requests of any other kind are not touched.
 */
export function servePrecached(scope: ServiceWorkerGlobalScope, build: AppBuild): void {
  setCacheNameDetails({ prefix: 'chatkeep' })
  const controller = new PrecacheController({ fallbackToNetwork: true })
  controller.addToCacheList([...build.entries])
  const { cacheName } = controller.strategy
  const oldPages = createOldPages(scope)
  const pageUrl = build.page === null ? null : new URL(build.page, scope.location.href).href

  scope.addEventListener('install', (event) => void controller.install(event))
  scope.addEventListener('activate', (event) =>
    event.waitUntil(oldPages.remember().then(() => cleanUp(event))),
  )
  scope.addEventListener('fetch', (event) => {
    const response = answer(event.request)
    if (response !== undefined) event.respondWith(response)
    if (event.request.mode === 'navigate') event.waitUntil(cleanUp(event))
  })

  /** Drops what older builds had cached once their last page is gone. */
  async function cleanUp(event: ExtendableEvent): Promise<void> {
    if (await oldPages.areGone()) await controller.activate(event)
  }

  /** Undefined for what is none of our business. */
  function answer(request: Request): Promise<Response> | undefined {
    const url = new URL(request.url)
    if (request.method !== 'GET' || url.origin !== scope.location.origin || request.headers.has('range'))
      return undefined
    if (build.networkOnly.some((path) => url.pathname.startsWith(path))) return undefined
    url.hash = ''
    if (request.mode === 'navigate') {
      const isFile = /\.[^/]+$/.test(url.pathname) && !url.pathname.endsWith('.html')
      const isOurs = url.href.startsWith(scope.registration.scope)
      return pageUrl === null || isFile || !isOurs ? undefined : precached(pageUrl, request)
    }
    if (controller.getCacheKeyForURL(url.href) !== undefined) return precached(url.href, request)
    return OLD_PARTS.includes(request.destination) ? ofOlderBuild(request) : undefined
  }

  async function precached(url: string, request: Request): Promise<Response> {
    return (await controller.matchPrecache(url)) ?? fetch(request)
  }

  async function ofOlderBuild(request: Request): Promise<Response> {
    const cache = await scope.caches.open(cacheName)
    return (await cache.match(request, { ignoreSearch: true, ignoreVary: true })) ?? fetch(request)
  }
}
