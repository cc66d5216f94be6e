// The disk is full, a connection is closed, a store is evicted: what was called saved stays, and what failed says so.
import { randomBytes } from 'node:crypto'
import { signIn, signUp } from './harness/accounts.ts'
import { aMessage } from './harness/messages.ts'
import { messagesIn } from './harness/server-log.ts'
import { PageError, type Tab } from './harness/tab.ts'
import { expect, test } from './harness/test.ts'

const MB = 1024 * 1024

/** Saves messages that do not compress until one is refused. */
async function writeUntilFull(
  tab: Tab,
): Promise<{ readonly saved: readonly string[]; readonly refusal: unknown }> {
  const saved: string[] = []
  for (let index = 0; index < 50; index++) {
    const text = `${index} ${randomBytes(300_000).toString('base64')}`
    try {
      await tab.chats.appendMessages('tides', [aMessage(text)])
      saved.push(text)
    } catch (refusal) {
      return { saved, refusal }
    }
  }
  return { saved, refusal: undefined }
}

test('keeps what was saved when the disk is full, and says what was not', async ({
  cloud,
  openPersistentDevice,
}) => {
  const device = await openPersistentDevice()
  await device.setQuota(cloud.url, 6 * MB)
  const tab = await device.openTab(cloud.url)
  await signUp(tab, 'ada@example.com')
  await device.goOffline()
  const { saved, refusal } = await writeUntilFull(tab)
  expect(refusal).toBeInstanceOf(PageError)
  expect((refusal as PageError).code).toBe('storage/quota')
  expect(saved.length).toBeGreaterThan(2)
  expect(await tab.texts('tides')).toEqual(saved)

  await device.stopWorkers()
  expect(await tab.texts('tides')).toEqual(saved)
  await device.setQuota(cloud.url, undefined)
  await tab.chats.appendMessages('tides', [aMessage('there is room again')])
  await device.goOnline()
  await tab.untilSynced()
  expect(messagesIn(cloud.log()).map(({ text }) => text)).toEqual([...saved, 'there is room again'])
})

test('uploads what was saved even while the disk is full', async ({ cloud, openPersistentDevice }) => {
  const device = await openPersistentDevice()
  await device.setQuota(cloud.url, 6 * MB)
  const tab = await device.openTab(cloud.url)
  await signUp(tab, 'ada@example.com')
  await device.goOffline()
  const { saved } = await writeUntilFull(tab)
  await device.goOnline()
  await expect.poll(() => messagesIn(cloud.log()).length).toBe(saved.length)
  expect(await tab.texts('tides')).toEqual(saved)
})

test('saves 31 of 32 at once when one cannot be cloned', async ({ cloud, device }) => {
  const tab = await device.openTab(cloud.url)
  const codes = await tab.page.evaluate(async () => {
    const client = await window.chatkeepPage.client
    const saves = Array.from({ length: 32 }, async (_, index) => {
      const extra = index === 17 ? { callback: () => {} } : {}
      const message = { id: `m${index}`, role: 'user', content: `message ${index}`, ...extra }
      try {
        await client.appendMessages('tides', [message])
        return 'saved'
      } catch (error) {
        return (error as { code: string }).code
      }
    })
    return Promise.all(saves)
  })
  expect(codes.filter((code) => code === 'saved')).toHaveLength(31)
  expect(codes[17]).toBe('input/invalid')
  await tab.reload()
  const texts = await tab.texts('tides')
  expect(texts).toHaveLength(31)
  expect(texts).not.toContain('message 17')
})

test('saves 31 of 32 at once when one is too large', async ({ cloud, device }) => {
  const tab = await device.openTab(cloud.url)
  const codes = await tab.page.evaluate(async () => {
    const client = await window.chatkeepPage.client
    const saves = Array.from({ length: 32 }, async (_, index) => {
      const content = index === 5 ? 'x'.repeat(9 * 1024 * 1024) : `message ${index}`
      try {
        await client.appendMessages('tides', [{ id: `m${index}`, role: 'user', content }])
        return 'saved'
      } catch (error) {
        return (error as { code: string }).code
      }
    })
    return Promise.all(saves)
  })
  expect(codes.filter((code) => code === 'saved')).toHaveLength(31)
  expect(codes[5]).toBe('input/too-large')
  await tab.reload()
  expect(await tab.texts('tides')).toHaveLength(31)
})

test('goes on when the connection to the database is closed under it', async ({ cloud, device }) => {
  const tab = await device.openTab(cloud.url)
  const [worker] = device.context.serviceWorkers()
  await worker?.evaluate(() => {
    const connections = new Set<IDBDatabase>()
    const open = IDBDatabase.prototype.transaction
    IDBDatabase.prototype.transaction = function (...parameters) {
      connections.add(this)
      return open.apply(this, parameters)
    }
    const closeConnections = () => {
      for (const connection of connections) connection.close()
      const closed = connections.size
      connections.clear()
      return closed
    }
    Object.assign(self, { closeConnections })
  })
  const closeConnections = () =>
    worker?.evaluate(() => (self as unknown as { closeConnections: () => number }).closeConnections())
  await tab.chats.appendMessages('tides', [aMessage('before')])
  expect(await closeConnections()).toBeGreaterThan(0)
  await tab.chats.appendMessages('tides', [aMessage('after')])
  expect(await tab.texts('tides')).toEqual(['before', 'after'])

  const texts = Array.from({ length: 40 }, (_, index) => `at once ${index}`)
  const saving = Promise.all(texts.map((text) => tab.chats.appendMessages('tides', [aMessage(text)])))
  for (let times = 0; times < 5; times++) await closeConnections()
  await saving
  const found = await tab.texts('tides')
  expect(found).toHaveLength(42)
  expect(new Set(found)).toEqual(new Set(['before', 'after', ...texts]))
})

test('asks the cloud again when the browser evicted everything, and deletes nothing there', async ({
  cloud,
  device,
}) => {
  const tab = await device.openTab(cloud.url)
  await signUp(tab, 'ada@example.com')
  await tab.chats.appendMessages('tides', [aMessage('one'), aMessage('two', 'assistant')])
  await tab.untilSynced()
  const before = cloud.log()
  const session = await device.context.newCDPSession(tab.page)
  await session.send('Storage.clearDataForOrigin', {
    origin: cloud.url,
    storageTypes: 'indexeddb,service_workers',
  })
  await tab.reload()
  await signIn(tab, 'ada@example.com')
  await expect.poll(() => tab.texts('tides')).toEqual(['one', 'two'])
  await tab.chats.appendMessages('tides', [aMessage('three')])
  await tab.untilSynced()
  expect(cloud.log().slice(0, before.length)).toEqual(before)
  expect(messagesIn(cloud.log()).map(({ text }) => text)).toEqual(['one', 'two', 'three'])
})
