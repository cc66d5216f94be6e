// Promise 1: save resolves after the transaction is on disk. From then on a message survives a reload, a killed worker and a
// killed browser, and stays queued until the cloud has shown it back.
import { accountOf, signUp } from './harness/accounts.ts'
import { type Cloud, UPLOADS } from './harness/cloud.ts'
import type { PersistentDevice } from './harness/device.ts'
import { aMessage, someMessages } from './harness/messages.ts'
import { messagesIn } from './harness/server-log.ts'
import type { Tab } from './harness/tab.ts'
import { expect, test } from './harness/test.ts'

const textsOf = (messages: readonly { readonly text: string }[]) => messages.map(({ text }) => text)

test('shows a message after a reload', async ({ cloud, device }) => {
  const tab = await device.openTab(cloud.url)
  expect(await tab.status()).toMatchObject({ rung: 'worker+indexeddb', degraded: null })
  await tab.chats.appendMessages('tides', [aMessage('when is high water?')])
  await tab.reload()
  expect(await tab.texts('tides')).toEqual(['when is high water?'])
})

test('writes strictly what it calls saved', { tag: '@chromium' }, async ({ cloud, device }) => {
  const tab = await device.openTab(cloud.url)
  const [worker] = device.context.serviceWorkers()
  await worker?.evaluate(() => {
    const written: unknown[] = []
    const put = IDBObjectStore.prototype.put
    IDBObjectStore.prototype.put = function (value, key) {
      if (this.name === 'messages') written.push(this.transaction.durability)
      return put.call(this, value, key)
    }
    Object.assign(self, { written })
  })
  await tab.chats.appendMessages('tides', [aMessage('one')])
  await Promise.all(someMessages(8).map((message) => tab.chats.appendMessages('tides', [message])))
  await tab.chats.editMessage('tides', { ...aMessage('another one') }).catch(() => {})
  const written = await worker?.evaluate(() => (self as unknown as { written: string[] }).written)
  expect(written?.length).toBeGreaterThan(0)
  expect(new Set(written)).toEqual(new Set(['strict']))
})

test('saves a message when the worker is stopped before it', { tag: '@chromium' }, async ({
  cloud,
  device,
}) => {
  const tab = await device.openTab(cloud.url)
  await signUp(tab, 'ada@example.com')
  await device.stopWorkers()
  await tab.chats.appendMessages('tides', [aMessage('to a stopped worker')])
  expect(await tab.texts('tides')).toEqual(['to a stopped worker'])
  await tab.untilSynced()
  expect(textsOf(messagesIn(cloud.log()))).toEqual(['to a stopped worker'])
})

test('saves every message once while the worker is stopped again and again', { tag: '@chromium' }, async ({
  cloud,
  device,
}) => {
  const tab = await device.openTab(cloud.url)
  await signUp(tab, 'ada@example.com')
  const messages = someMessages(60)
  let saved = 0
  const saving = Promise.all(
    messages.map(async (message, index) => {
      await tab.chats.appendMessages(`tides-${index % 6}`, [message])
      saved += 1
    }),
  )
  for (const atLeast of [1, 10, 20, 30, 40, 50]) {
    await expect.poll(() => saved, { intervals: [2] }).toBeGreaterThanOrEqual(atLeast)
    await device.stopWorkers()
  }
  await saving
  const wanted = messages.map(({ parts }) => parts[0]?.text ?? '').sort()
  const found = (await Promise.all([0, 1, 2, 3, 4, 5].map((index) => tab.texts(`tides-${index}`)))).flat()
  expect(found.sort()).toEqual(wanted)
  await tab.untilSynced()
  expect(textsOf(messagesIn(cloud.log())).sort()).toEqual(wanted)
})

test('keeps a message when the worker is stopped right after the save', { tag: '@chromium' }, async ({
  cloud,
  device,
}) => {
  const tab = await device.openTab(cloud.url)
  await signUp(tab, 'ada@example.com')
  for (const { parts } of someMessages(5)) {
    await tab.chats.appendMessages('tides', [aMessage(parts[0]?.text ?? '')])
    await device.stopWorkers()
  }
  const wanted = ['message 1', 'message 2', 'message 3', 'message 4', 'message 5']
  await tab.reload()
  expect(await tab.texts('tides')).toEqual(wanted)
  await tab.untilSynced()
  expect(textsOf(messagesIn(cloud.log()))).toEqual(wanted)
})

test('uploads once when the worker is stopped before the server hears of it', { tag: '@chromium' }, async ({
  cloud,
  device,
}) => {
  const tab = await device.openTab(cloud.url)
  await signUp(tab, 'ada@example.com')
  const held = cloud.front.holdRequests({ ...UPLOADS, times: 1 })
  const arrived = held.next()
  await tab.chats.appendMessages('tides', [aMessage('on its way')])
  await arrived
  await device.stopWorkers()
  await tab.untilSynced()
  held.release()
  expect(textsOf(messagesIn(cloud.log()))).toEqual(['on its way'])
})

test('uploads once when the worker is stopped after the server committed', { tag: '@chromium' }, async ({
  cloud,
  device,
}) => {
  const tab = await device.openTab(cloud.url)
  await signUp(tab, 'ada@example.com')
  const held = cloud.front.holdAnswers({ ...UPLOADS, times: 1 })
  await tab.chats.appendMessages('tides', [aMessage('committed, not confirmed')])
  await expect.poll(() => messagesIn(cloud.log()).length).toBe(1)
  await device.stopWorkers()
  await tab.untilSynced()
  held.release()
  expect(cloud.uploads().length).toBeGreaterThanOrEqual(1)
  expect(textsOf(messagesIn(cloud.log()))).toEqual(['committed, not confirmed'])
})

test('keeps and uploads everything when the browser is killed after a save', { tag: '@no-webkit' }, async ({
  cloud,
  openPersistentDevice,
}) => {
  const { device, tab, accountId } = await signedInForLong(cloud, openPersistentDevice)
  await cloud.stop()
  const messages = someMessages(12)
  for (const message of messages) await tab.chats.appendMessages('tides', [message])
  await device.kill()
  await device.boot()
  await cloud.start()
  const again = await device.openTab(cloud.url)
  expect(await accountOf(again.page)).toBe(accountId)
  const wanted = messages.map(({ parts }) => parts[0]?.text)
  expect(await again.texts('tides')).toEqual(wanted)
  await again.untilSynced()
  expect(textsOf(messagesIn(cloud.log()))).toEqual(wanted)
})

test('uploads once when the browser is killed in the middle of an upload', { tag: '@no-webkit' }, async ({
  cloud,
  openPersistentDevice,
}) => {
  const { device, tab } = await signedInForLong(cloud, openPersistentDevice)
  cloud.front.holdAnswers({ ...UPLOADS, times: 1 })
  await tab.chats.appendMessages('tides', [aMessage('first'), aMessage('second', 'assistant')])
  await expect.poll(() => messagesIn(cloud.log()).length).toBe(2)
  await device.kill()
  await device.boot()
  const again = await device.openTab(cloud.url)
  expect(await again.texts('tides')).toEqual(['first', 'second'])
  await again.untilSynced()
  expect(textsOf(messagesIn(cloud.log()))).toEqual(['first', 'second'])
})

test('keeps a half-written answer as interrupted when its browser is killed', { tag: '@no-webkit' }, async ({
  cloud,
  openPersistentDevice,
}) => {
  const { device, tab } = await signedInForLong(cloud, openPersistentDevice)
  await tab.chats.appendMessages('tides', [aMessage('tell me everything')])
  const half = aMessage('High water follows the moo', 'assistant')
  await tab.drafts.start('tides', { messageId: half.id })
  expect(await tab.drafts.checkpoint(half)).toBe('kept')
  await tab.untilSynced()
  await device.kill()
  await device.boot()
  const again = await device.openTab(cloud.url)
  await expect
    .poll(() => statusesIn(again, 'tides'), { timeout: 25_000 })
    .toEqual(['complete', 'interrupted'])
  expect(await again.texts('tides')).toEqual(['tell me everything', 'High water follows the moo'])
  await again.untilSynced()
  expect(textsOf(messagesIn(cloud.log()))).toEqual(['tell me everything', 'High water follows the moo'])
})

/** Signed in on a browser that was closed since: cookies younger than 30 s do not survive SIGKILL in Chromium. */
async function signedInForLong(cloud: Cloud, openPersistentDevice: () => Promise<PersistentDevice>) {
  const device = await openPersistentDevice()
  const { accountId } = await signUp(await device.openTab(cloud.url), 'ada@example.com')
  await device.shutDown()
  await device.boot()
  return { device, accountId, tab: await device.openTab(cloud.url) }
}

async function statusesIn(tab: Tab, conversationId: string): Promise<readonly string[]> {
  const { messages } = await tab.chats.loadMessages(conversationId)
  return messages.map(({ status }) => status)
}
