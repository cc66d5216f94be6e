/// <reference lib="webworker" />
// A worker that an app has for other reasons, and in which it lets chatkeep keep conversations too.
import { installChatkeep } from 'chatkeep/sw'

declare const self: ServiceWorkerGlobalScope

installChatkeep(self)
self.addEventListener('install', () => void self.skipWaiting())
