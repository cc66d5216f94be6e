/// <reference lib="webworker" />
// The worker of an app that opted in to precaching: keeps conversations, and answers the app's own files from its cache, so that
// a reload without network works. A new build waits for consent or for the last page; it never takes over by itself.
import { clientsClaim } from 'workbox-core/clientsClaim.js'
import { installChatkeep } from './index.ts'
import { type AppBuild, servePrecached } from './serve-precached.ts'

declare const self: ServiceWorkerGlobalScope & {
  /** Written before this script by the Vite plugin. */
  readonly __CHATKEEP_APP__?: AppBuild
}

installChatkeep(self, { kind: 'precache' })
servePrecached(self, self.__CHATKEEP_APP__ ?? { entries: [], page: null, networkOnly: [] })

self.addEventListener('message', (event) => {
  const isOurs = event.origin === self.location.origin && event.source !== null
  if (isOurs && event.data?.type === 'SKIP_WAITING') event.waitUntil(self.skipWaiting())
})
// After the first visit, so that its page can load its other parts from the cache as well.
clientsClaim()
