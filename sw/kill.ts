/// <reference lib="webworker" />
// Served in place of `sw.js` it disarms chatkeep: unregisters the worker and drops our caches. Conversations stay in their
// database; pages go on with the engine in the page and are not reloaded.
import { channelMajor } from '../src/rpc/protocol.ts'

declare const self: ServiceWorkerGlobalScope

self.addEventListener('install', () => void self.skipWaiting())
self.addEventListener('activate', (event) => event.waitUntil(disarm()))
// A page that asks hears at once that nobody is here, and need not wait for its deadline.
self.addEventListener('message', (event) => {
  const { channel, message } = event.data ?? {}
  if (
    channelMajor(channel) === undefined ||
    typeof message?.id !== 'string' ||
    event.origin !== self.location.origin
  )
    return
  const error = {
    code: 'worker/unavailable',
    message: 'The worker was switched off.',
    retryable: false,
    details: {},
  }
  event.source?.postMessage({
    channel,
    message: { id: message.id, type: 'RAW', value: { ok: false, error } },
  })
})

async function disarm(): Promise<void> {
  const isOurs = (name: string) => name.startsWith('chatkeep-') && name.endsWith(self.registration.scope)
  for (const name of await self.caches.keys()) if (isOurs(name)) await self.caches.delete(name)
  await self.registration.unregister()
}
