// The disk is full and the cloud has old conversations: their messages leave this device, the list stays, and opening one brings it back.
import { randomBytes } from 'node:crypto'
import { signIn, signUp } from './harness/accounts.ts'
import { openDemo } from './harness/demo.ts'
import { aMessage } from './harness/messages.ts'
import { DEMO } from './harness/site.ts'
import type { Tab } from './harness/tab.ts'
import { expect, test } from './harness/test.ts'

const MB = 1024 * 1024
const SCREENSHOTS = '.cache/e2e-screenshots'

/** Saves conversations whose messages do not compress, and waits until the cloud has each. Answers their texts. */
async function write(tab: Tab, ids: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>> {
  const textsById = new Map<string, readonly string[]>()
  for (const id of ids) {
    const texts = ['question', 'answer'].map(
      (kind) => `${kind} ${id} ${randomBytes(225_000).toString('base64')}`,
    )
    await tab.chats.appendMessages(
      id,
      texts.map((text) => aMessage(text)),
    )
    await tab.untilSynced()
    textsById.set(id, texts)
  }
  return textsById
}

const idsOf = (prefix: string, count: number) =>
  Array.from({ length: count }, (_, index) => `${prefix}${index}`)

async function listed(tab: Tab) {
  const { conversations } = await tab.chats.listConversations({ limit: 100 })
  return conversations.map(({ id, title, messageCount, absent }) => ({
    ...{ id, messageCount, title: title.slice(0, 12) },
    isAbsent: absent === true,
  }))
}

test('makes room on a full disk with what the cloud has, and brings it back when it is opened', async ({
  cloud,
  openDevice,
  openPersistentDevice,
}) => {
  const device = await openPersistentDevice()
  await device.setQuota(cloud.url, 3 * MB)
  const tab = await device.openTab(cloud.url)
  await signUp(tab, 'ada@example.com')
  const old = await write(tab, idsOf('old-', 3))
  await device.stopWorkers() // Nobody has those open any more.
  const fresh = await write(tab, idsOf('new-', 3))

  const list = await listed(tab)
  expect(list.map(({ id }) => id).sort()).toEqual([...old.keys(), ...fresh.keys()].sort())
  for (const { id, title, messageCount } of list)
    expect({ title, messageCount }).toEqual({ title: `question ${id}`.slice(0, 12), messageCount: 2 })
  const away = list.filter(({ isAbsent }) => isAbsent).map(({ id }) => id)
  await expect.poll(async () => (await tab.status()).sync.freed?.conversationCount).toBe(away.length)
  expect(away, 'what rests longest goes first').toContain('old-0')

  await device.goOffline()
  await expect(tab.texts('old-0')).rejects.toMatchObject({ code: 'sync/offline' })
  expect(await tab.texts('new-2')).toEqual(fresh.get('new-2'))
  await device.goOnline()
  for (const [id, texts] of [...old, ...fresh]) expect(await tab.texts(id)).toEqual(texts)

  const sofa = await (await openDevice()).openTab(cloud.url)
  await signIn(sofa, 'ada@example.com')
  await expect.poll(async () => (await listed(sofa)).length).toBe(6)
  for (const [id, texts] of [...old, ...fresh]) expect(await sofa.texts(id)).toEqual(texts)
})

test('loses nothing when the worker is stopped in the middle of freeing', async ({ cloud, device }) => {
  const tab = await device.openTab(cloud.url)
  await signUp(tab, 'ada@example.com')
  const textsById = await write(tab, idsOf('c', 3))
  for (let times = 0; times < 3; times++) {
    await device.stopWorkers()
    const freeing = tab.chats.freeSpace()
    await device.stopWorkers()
    expect((await freeing).bytes).toBeGreaterThanOrEqual(0)
    const list = await listed(tab)
    expect(list.map(({ messageCount }) => messageCount)).toEqual([2, 2, 2])
    const away = list.filter(({ isAbsent }) => isAbsent).length
    const counted = async () => (await tab.status()).sync.freed?.conversationCount ?? 0
    await expect.poll(counted).toBe(away)
    for (const [id, texts] of textsById) expect(await tab.texts(id)).toEqual(texts)
    expect((await tab.status()).sync).toMatchObject({ pendingCount: 0 })
  }
})

test('frees nothing while nobody is signed in or sync is off', async ({ cloud, device }) => {
  const tab = await device.openTab(cloud.url)
  await tab.chats.appendMessages('tides', [aMessage('one'), aMessage('x'.repeat(5_000), 'assistant')])
  await device.stopWorkers()
  expect(await tab.chats.freeSpace()).toEqual({ conversationCount: 0, bytes: 0 })
  await signUp(tab, 'ada@example.com')
  await tab.untilSynced()
  await tab.chats.changeSyncSettings({ enabled: false })
  await device.stopWorkers()
  expect(await tab.chats.freeSpace()).toEqual({ conversationCount: 0, bytes: 0 })
  expect(await tab.texts('tides')).toHaveLength(2)
})

test('the demo says which chats are in the cloud only, and opens them when the cloud can be reached', async ({
  startCloud,
  device,
}) => {
  const cloud = await startCloud({ site: DEMO, demo: { wordDelayMs: 3 } })
  const demo = await openDemo(device, cloud.url)
  await demo.signUp('ada@example.com')
  await demo.ask('How high is the tide at new moon, and why is it higher than at half moon?')
  await demo.newChat()
  await demo.ask('Name three birds of the shore.')
  await expect(demo.sync).toHaveText('Synced')
  await demo.newChat()
  await demo.reload()
  await device.stopWorkers()
  await demo.page.getByRole('button', { name: 'Settings' }).click()
  await demo.page.getByRole('tab', { name: 'Sync and storage' }).click()
  await demo.page.getByRole('button', { name: 'Free space' }).click()
  await expect(demo.page.getByText('2 chats are in the cloud only.')).toBeVisible()
  await demo.page.screenshot({ path: `${SCREENSHOTS}/freed-settings.png` })
  await demo.page.getByRole('button', { name: 'Close', exact: true }).click()
  await expect(demo.page.getByRole('img', { name: /In the cloud only/ })).toHaveCount(2)

  await device.goOffline()
  await demo.open('How high is the tide')
  await expect(demo.page.getByRole('alert')).toContainText('in the cloud only')
  await demo.page.screenshot({ path: `${SCREENSHOTS}/freed-offline.png` })
  await device.goOnline()
  await demo.page.getByRole('button', { name: 'Retry' }).click()
  await expect(demo.questions).toHaveText(/How high is the tide/)
  await expect(demo.page.getByRole('img', { name: /In the cloud only/ })).toHaveCount(1)
  expect(await demo.problems()).toEqual([])
})
