/// <reference lib="webworker" />
// The ready-made worker that keeps conversations and nothing else: no fetch handler, so the app's requests never pass it.
import { clientsClaim } from 'workbox-core/clientsClaim.js'
import { installChatkeep } from './index.ts'

declare const self: ServiceWorkerGlobalScope

installChatkeep(self, { kind: 'storage' })

// A new build takes over at once: it answers pages of the protocol before its own, and pages send again what was in flight.
self.addEventListener('install', () => void self.skipWaiting())
// So that open pages hear `controllerchange` when a new build takes over.
clientsClaim()
