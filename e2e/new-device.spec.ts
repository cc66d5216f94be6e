// A second device of an account with a long history: the list first, what is opened next, the rest behind it.
import { signIn, signUp } from './harness/accounts.ts'
import type { Hold } from './harness/front.ts'
import { aMessage } from './harness/messages.ts'
import type { Tab } from './harness/tab.ts'
import { expect, test } from './harness/test.ts'

const COUNT = 1_200
const historyOf = (count: number) =>
  Array.from({ length: count }, (_, index) => ({
    id: `c${index}`,
    messages: [
      { message: aMessage(`question ${index}`), createdAt: Date.UTC(2026, 0, 1) + index * 1_000 },
      { message: aMessage(`answer ${index}`, 'assistant'), createdAt: Date.UTC(2026, 0, 1) + index * 1_000 },
    ],
  }))

test('lists a long history at once, opens any of it first, and goes on after the browser was killed', {
  tag: '@no-webkit',
}, async ({ cloud, openDevice, openPersistentDevice }) => {
  const desk = await (await openDevice()).openTab(cloud.url)
  await signUp(desk, 'ada@example.com')
  await desk.chats.importConversations(historyOf(COUNT))
  await desk.untilSynced()

  const sofa = await openPersistentDevice()
  const first = await sofa.openTab(cloud.url)
  await signIn(first, 'ada@example.com')
  await expect.poll(() => countOn(first)).toBe(COUNT)
  expect(await first.texts('c17')).toEqual(['question 17', 'answer 17'])
  const fetching = async () => (await first.status()).sync.fetching
  await expect.poll(fetching, 'most of it is still on its way').toBeDefined()

  await sofa.kill()
  await sofa.boot()
  const second = await sofa.openTab(cloud.url)
  expect(await second.texts('c17'), 'what was here stays').toEqual(['question 17', 'answer 17'])
  const fetched = async () => (await second.status()).sync.fetching?.filledCount ?? COUNT
  const before = await fetched()
  await signIn(second, 'ada@example.com') // A killed browser loses its newest cookies.
  await expect.poll(fetched).toBeGreaterThan(before + 20)
  expect(await countOn(second)).toBe(COUNT)
  expect(await second.texts('c600')).toEqual(['question 600', 'answer 600'])

  await sofa.goOffline()
  expect(await second.texts('c600')).toEqual(['question 600', 'answer 600'])
  await expect(second.texts('c0'), 'what has not come says so').rejects.toThrow(/could not be reached/)
  await sofa.goOnline()
  expect(await second.texts('c0')).toEqual(['question 0', 'answer 0'])
})

const MANY = 300
const CONTENT = { path: /\/conversations\/c\d/ }
const OWN = ['mine 1', 'mine 2', 'mine 3']

test('chats without an account move into one with many conversations, which is listed first', async ({
  cloud,
  openDevice,
}) => {
  const desk = await (await openDevice()).openTab(cloud.url)
  await signUp(desk, 'ada@example.com')
  await desk.chats.importConversations(historyOf(MANY))
  await desk.untilSynced()

  const sofa = await (await openDevice()).openTab(cloud.url)
  await writeOwn(sofa)
  const content = cloud.front.holdRequests(CONTENT)
  await signIn(sofa, 'ada@example.com')
  await expectListFirst(sofa, content)
  await expectAllOnce(desk, sofa)
})

test('an app that names its cloud after it was used for a while lists what is there first', async ({
  cloud,
  openDevice,
}) => {
  const desk = await (await openDevice()).openTab(cloud.url)
  await signUp(desk, 'ada@example.com')
  await desk.chats.importConversations(historyOf(MANY))
  await desk.untilSynced()

  const device = await openDevice()
  const before = await device.openTab(cloud.url, { cloud: null })
  await signIn(before, 'ada@example.com')
  await writeOwn(before)
  await before.close()
  const sofa = await device.openTab(cloud.url)
  const content = cloud.front.holdRequests(CONTENT)
  await signIn(sofa, 'ada@example.com')
  await expectListFirst(sofa, content)
  await expectAllOnce(desk, sofa)
})

async function writeOwn(tab: Tab): Promise<void> {
  for (const id of OWN) {
    await tab.chats.appendMessages(id, [aMessage(`${id} asks`)])
    await tab.chats.appendMessages(id, [aMessage(`${id} hears`, 'assistant')])
  }
}

/** Everything is listed before any content comes, what is opened comes, and what was written here stays. */
async function expectListFirst(tab: Tab, content: Hold): Promise<void> {
  await content.next()
  expect(await countOn(tab)).toBe(MANY + OWN.length)
  const fetching = async () => (await tab.status()).sync.fetching
  // What was written here came whole; of the others nothing is here yet.
  const filled = async () => (await fetching())?.filledCount ?? Number.NaN
  await expect.poll(filled, 'it tells how far it is').toBeLessThanOrEqual(OWN.length)
  expect((await fetching())?.listedCount).toBeGreaterThanOrEqual(MANY)
  expect(await tab.texts('mine 2')).toEqual(['mine 2 asks', 'mine 2 hears'])
  content.release()
  expect(await tab.texts('c3')).toEqual(['question 3', 'answer 3'])
}

async function expectAllOnce(...tabs: readonly Tab[]): Promise<void> {
  for (const tab of tabs) {
    await expect.poll(async () => (await tab.status()).sync.fetching, { timeout: 60_000 }).toBeUndefined()
    await tab.untilSynced()
    await tab.chats.syncNow()
    await expect.poll(() => countOn(tab)).toBe(MANY + OWN.length)
    for (const { id, messageCount, absent } of await listOn(tab))
      expect({ id, messageCount, absent }).toEqual({ id, messageCount: 2 })
    for (const id of OWN) expect(await tab.texts(id)).toEqual([`${id} asks`, `${id} hears`])
  }
}

const countOn = async (tab: Tab) => (await listOn(tab)).length

type Listed = Awaited<ReturnType<Tab['chats']['listConversations']>>['conversations']

async function listOn(tab: Tab): Promise<Listed> {
  const all: Listed[number][] = []
  let after: Parameters<Tab['chats']['listConversations']>[0] = {}
  for (;;) {
    const page = await tab.chats.listConversations({ ...after, limit: 500 })
    all.push(...page.conversations)
    if (page.next === null) return all
    after = { after: page.next }
  }
}
