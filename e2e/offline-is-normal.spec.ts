// Promise 2: without network one reads and writes as ever, nothing waits for it, and the queue drains by itself when it returns.
import { signUp } from './harness/accounts.ts'
import type { Cloud } from './harness/cloud.ts'
import type { Device } from './harness/device.ts'
import { aMessage } from './harness/messages.ts'
import { messagesIn } from './harness/server-log.ts'
import { PRECACHED_SITE } from './harness/site.ts'
import type { Tab } from './harness/tab.ts'
import { expect, test } from './harness/test.ts'

const uploadedTexts = (cloud: Cloud) => messagesIn(cloud.log()).map(({ text }) => text)

async function signedIn(cloud: Cloud, device: Device): Promise<Tab> {
  const tab = await device.openTab(cloud.url)
  await signUp(tab, 'ada@example.com')
  await tab.chats.appendMessages('before', [aMessage('written online')])
  await tab.untilSynced()
  return tab
}

test('reads, writes, renames, tags, branches and deletes without a network', async ({ cloud, device }) => {
  const tab = await signedIn(cloud, device)
  const { chats } = tab
  await device.goOffline()

  const question = aMessage('offline 1')
  await chats.appendMessages('tides', [question, aMessage('offline 2', 'assistant')])
  await chats.appendMessages('tides', [aMessage('another answer', 'assistant')], {
    after: await placeOf(tab, 'tides', question.id),
    fork: true,
  })
  await chats.renameConversation('tides', 'High water')
  await chats.addTag('tides', 'sea')
  await chats.pinConversation('tides')
  const [first] = (await chats.loadMessages('before')).messages
  await chats.editMessage('before', { ...aMessage('edited offline'), id: first?.id ?? '' })
  await chats.createConversation({ id: 'gone', title: 'To be deleted' })
  await chats.deleteConversation('gone')

  expect(await tab.texts('tides')).toEqual(['offline 1', 'another answer'])
  expect(await tab.texts('before')).toEqual(['edited offline'])
  expect(await chats.getConversation('tides')).toMatchObject({
    title: 'High water',
    tags: ['sea'],
    pinned: true,
  })
  expect(await tab.titles()).not.toContain('To be deleted')
  expect(uploadedTexts(cloud)).toEqual(['written online'])
  await expect.poll(async () => (await tab.status()).sync.pendingCount).toBeGreaterThan(5)

  await device.goOnline()
  await tab.untilSynced()
  expect(uploadedTexts(cloud)).toEqual([
    'written online',
    'offline 1',
    'offline 2',
    'another answer',
    'edited offline',
  ])
})

test('reloads and starts without a network when the app is precached', { tag: '@no-webkit' }, async ({
  startCloud,
  openPersistentDevice,
}) => {
  const cloud = await startCloud({ site: PRECACHED_SITE })
  const device = await openPersistentDevice()
  const tab = await signedIn(cloud, device)
  await device.goOffline()
  await tab.chats.appendMessages('tides', [aMessage('offline')])
  await tab.reload()
  expect(await tab.texts('tides')).toEqual(['offline'])
  await tab.chats.appendMessages('tides', [aMessage('after a reload', 'assistant')])
  await device.shutDown()
  await cloud.stop()
  await device.boot()
  await device.goOffline()
  const again = await device.openTab(cloud.url)
  expect(await again.status()).toMatchObject({ rung: 'worker+indexeddb', degraded: null })
  expect(await again.texts('tides')).toEqual(['offline', 'after a reload'])
  await again.chats.appendMessages('tides', [aMessage('after a restart')])
  expect(await again.titles()).toEqual(['offline', 'written online'])
  await cloud.start()
  await device.goOnline()
  await again.untilSynced()
  expect(uploadedTexts(cloud)).toEqual(['written online', 'offline', 'after a reload', 'after a restart'])
})

test('drains by itself when the network returns with the page open', async ({ cloud, device }) => {
  const tab = await signedIn(cloud, device)
  await device.goOffline()
  await tab.chats.appendMessages('tides', [aMessage('one')])
  await tab.chats.appendMessages('tides', [aMessage('two', 'assistant')])
  await expect.poll(async () => (await tab.status()).sync.lastError?.code).toBe('sync/offline')
  await expect
    .poll(async () => (await tab.status()).sync)
    .toMatchObject({ state: 'waiting', pendingCount: 2 })
  await device.goOnline()
  await expect.poll(() => uploadedTexts(cloud)).toEqual(['written online', 'one', 'two'])
  await expect.poll(async () => (await tab.status()).sync).toMatchObject({ state: 'idle', pendingCount: 0 })
})

test('drains by itself when only the server was away and nothing told the browser', async ({
  cloud,
  device,
}) => {
  const tab = await signedIn(cloud, device)
  await cloud.front.shut()
  await tab.chats.appendMessages('tides', [aMessage('one')])
  await expect.poll(async () => (await tab.status()).sync.lastError?.code).toBe('sync/offline')
  expect(await tab.page.evaluate(() => navigator.onLine)).toBe(true)
  await cloud.front.open()
  await expect.poll(() => uploadedTexts(cloud), { timeout: 15_000 }).toEqual(['written online', 'one'])
})

test('uploads when the network returns and no page is open', { tag: '@chromium' }, async ({
  cloud,
  openPersistentDevice,
}) => {
  const device = await openPersistentDevice()
  const tab = await signedIn(cloud, device)
  await device.goOffline()
  await tab.chats.appendMessages('tides', [aMessage('written, then the tab was closed')])
  await expect.poll(async () => (await tab.status()).sync.lastError?.code).toBe('sync/offline')
  await tab.close()
  const syncs = await countSyncEvents(device)
  await device.goOnline()
  await expect
    .poll(() => uploadedTexts(cloud), { timeout: 20_000 })
    .toEqual(['written online', 'written, then the tab was closed'])
  expect(await syncs()).toBeGreaterThanOrEqual(1)
})

test('uploads when the browser starts again and no page is open', { tag: '@chromium' }, async ({
  cloud,
  openPersistentDevice,
}) => {
  const device = await openPersistentDevice()
  const tab = await signedIn(cloud, device)
  await device.goOffline()
  await tab.chats.appendMessages('tides', [aMessage('written, then the browser was closed')])
  await expect.poll(async () => (await tab.status()).sync.lastError?.code).toBe('sync/offline')
  await device.shutDown()
  await device.boot()
  await expect
    .poll(() => uploadedTexts(cloud), { timeout: 20_000 })
    .toEqual(['written online', 'written, then the browser was closed'])
})

test('uploads at a sync event, and leaves it to the browser to ask again while the server fails', {
  tag: '@chromium',
}, async ({ cloud, device }) => {
  const tab = await signedIn(cloud, device)
  const failing = cloud.front.answer({ path: /\/api\/v1\/chat\// }, { status: 503 })
  await tab.chats.appendMessages('tides', [aMessage('one')])
  await expect.poll(async () => (await tab.status()).sync.lastError?.code).toBe('sync/server-error')
  await tab.close()
  await device.stopWorkers()
  failing.end()
  await device.dispatchSync(cloud.url)
  await expect.poll(() => uploadedTexts(cloud)).toEqual(['written online', 'one'])
})

for (const [how, deny] of [
  ['denied', async () => {}],
  ['rejecting', rejectSync],
] as const) {
  test(`drains with the page open when Background Sync is ${how}`, { tag: '@chromium' }, async ({
    cloud,
    openDevice,
  }) => {
    const device = await openDevice(how === 'denied' ? { permissions: [] } : {})
    const tab = await signedIn(cloud, device)
    await deny(device)
    await device.goOffline()
    await tab.chats.appendMessages('tides', [aMessage('one')])
    await expect.poll(async () => (await tab.status()).sync.lastError?.code).toBe('sync/offline')
    await device.goOnline()
    await expect.poll(() => uploadedTexts(cloud)).toEqual(['written online', 'one'])
  })

  test(`drains at the next visit when Background Sync is ${how}`, { tag: '@chromium' }, async ({
    cloud,
    openPersistentDevice,
  }) => {
    const device = await openPersistentDevice(how === 'denied' ? { permissions: [] } : {})
    const tab = await signedIn(cloud, device)
    await deny(device)
    await device.goOffline()
    await tab.chats.appendMessages('tides', [aMessage('one')])
    await expect.poll(async () => (await tab.status()).sync.lastError?.code).toBe('sync/offline')
    await device.shutDown()
    await device.boot()
    const again = await device.openTab(cloud.url)
    await again.untilSynced()
    expect(uploadedTexts(cloud)).toEqual(['written online', 'one'])
  })
}

/** How many `sync` events the worker gets from now on, by which it was woken. */
async function countSyncEvents(device: Device): Promise<() => Promise<number>> {
  const [worker] = device.context.serviceWorkers()
  await worker?.evaluate(() => {
    const counter = { syncs: 0 }
    Object.assign(self, { counter })
    addEventListener('sync', () => {
      counter.syncs += 1
    })
  })
  return async () =>
    (await worker?.evaluate(() => (self as unknown as { counter: { syncs: number } }).counter.syncs)) ?? 0
}

/** As a headless shell does: the interface is there and refuses. */
async function rejectSync(device: Device): Promise<void> {
  for (const worker of device.context.serviceWorkers()) {
    await worker.evaluate(() => {
      const { SyncManager } = self as unknown as { SyncManager: { prototype: { register: unknown } } }
      SyncManager.prototype.register = () => Promise.reject(new DOMException('Background Sync is disabled.'))
    })
  }
}

async function placeOf(tab: Tab, conversationId: string, messageId: string) {
  const { messages } = await tab.chats.loadMessages(conversationId)
  const found = messages.find(({ id }) => id === messageId)
  return found === undefined ? null : { id: found.id, born: found.born }
}
