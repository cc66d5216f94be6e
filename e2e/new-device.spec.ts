// A second device of an account with a long history: the list first, what is opened next, the rest behind it.
import { signIn, signUp } from './harness/accounts.ts'
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

async function countOn(tab: Tab): Promise<number> {
  let count = 0
  let after: Parameters<Tab['chats']['listConversations']>[0] = {}
  for (;;) {
    const page = await tab.chats.listConversations({ ...after, limit: 500 })
    count += page.conversations.length
    if (page.next === null) return count
    after = { after: page.next }
  }
}
