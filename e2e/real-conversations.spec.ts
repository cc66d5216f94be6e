// Conversations that people and models had go through worker, disk, cloud and a second device, and come back deeply equal.
import { randomBytes } from 'node:crypto'
import { signIn, signUp } from './harness/accounts.ts'
import { UPLOADS } from './harness/cloud.ts'
import { conversationSets } from './harness/conversations.ts'
import { aMessage } from './harness/messages.ts'
import type { Tab } from './harness/tab.ts'
import { expect, test } from './harness/test.ts'

const sets = conversationSets()
const samples = sets.filter(({ name }) => name.startsWith('samples'))
const real = sets.filter(({ name }) => name.startsWith('real'))

const GROUPS = [
  ['the samples of this repository', samples],
  [
    'trees with branches, tool calls and AI SDK messages',
    real.filter(({ name }) => /tree|tool|ai-sdk/.test(name)),
  ],
  ['long code, Chinese and tricky text', real.filter(({ name }) => /code|chinese|tricky/.test(name))],
] as const

for (const [name, chosen] of GROUPS) {
  test(`keeps ${name} through kills, the cloud and a second device`, { tag: '@chromium' }, async ({
    cloud,
    openPersistentDevice,
  }) => {
    test.skip(chosen.length === 0, 'No real conversations: ../shared/data is not there.')
    test.setTimeout(180_000)
    const conversations = chosen.flatMap(({ conversations }) => conversations)
    const messages = conversations.flatMap(({ messages }) => messages)
    const file = cloud.front.serve(JSON.stringify(conversations))
    const device = await openPersistentDevice()
    await signUp(await device.openTab(cloud.url), 'ada@example.com')
    await device.shutDown() // So that the session's cookie is on disk when the browser is killed.
    await device.boot()
    const tab = await device.openTab(cloud.url)
    const hold = cloud.front.cutBefore(UPLOADS) // Nothing is confirmed before the kill.
    expect(await tab.importFrom(file)).toEqual({
      imported: conversations.length,
      messageCount: messages.length,
    })
    await device.stopWorkers()
    expect(await tab.readBack(file)).toMatchObject({ differences: [], messages: messages.length })
    await device.kill()
    hold.end()

    await device.boot()
    const again = await device.openTab(cloud.url)
    expect(await again.readBack(file)).toMatchObject({ differences: [], messages: messages.length })
    await expect.poll(async () => (await again.status()).sync.pendingCount, { timeout: 90_000 }).toBe(0)
    const ids = cloud
      .log()
      .flatMap(({ register, conversationId }) =>
        register.startsWith('message:') ? [`${conversationId} ${register}`] : [],
      )
    expect(ids.length).toBe(messages.length)
    expect(new Set(ids).size).toBe(messages.length)
    await device.close()

    const second = await openPersistentDevice()
    const there = await second.openTab(cloud.url)
    await signIn(there, 'ada@example.com')
    await expect.poll(() => messageCount(there), { timeout: 90_000 }).toBe(messages.length)
    expect(await there.readBack(file)).toMatchObject({ differences: [], messages: messages.length })
  })
}

for (const [name, chosen] of GROUPS) {
  test(`keeps ${name} through a reload, the cloud and a second device`, async ({ cloud, openDevice }) => {
    test.skip(chosen.length === 0, 'No real conversations: ../shared/data is not there.')
    test.setTimeout(180_000)
    const conversations = chosen.flatMap(({ conversations }) => conversations)
    const count = conversations.reduce((sum, { messages }) => sum + messages.length, 0)
    const file = cloud.front.serve(JSON.stringify(conversations))
    const tab = await (await openDevice()).openTab(cloud.url)
    await signUp(tab, 'ada@example.com')
    expect(await tab.importFrom(file)).toEqual({ imported: conversations.length, messageCount: count })
    await tab.reload()
    expect(await tab.readBack(file)).toMatchObject({ differences: [], messages: count })
    await expect.poll(async () => (await tab.status()).sync.pendingCount, { timeout: 90_000 }).toBe(0)

    const there = await (await openDevice()).openTab(cloud.url)
    await signIn(there, 'ada@example.com')
    await expect.poll(() => messageCount(there), { timeout: 90_000 }).toBe(count)
    expect(await there.readBack(file)).toMatchObject({ differences: [], messages: count })
  })
}

test('keeps a message with an image of 5 MB', { tag: '@chromium' }, async ({
  cloud,
  openPersistentDevice,
}) => {
  const image = randomBytes(5 * 1024 * 1024)
  const url = `data:image/png;base64,${image.toString('base64')}`
  const parts = [
    { type: 'text', text: 'What is this?' },
    { type: 'file', mediaType: 'image/png', url },
  ]
  const message = { ...aMessage('What is this?'), parts }
  const conversation = {
    id: 'picture',
    messages: [{ message }, { message: aMessage('Noise.', 'assistant') }],
  }
  const served = cloud.front.serve(JSON.stringify([conversation]))

  const device = await openPersistentDevice()
  const tab = await device.openTab(cloud.url)
  await signUp(tab, 'ada@example.com')
  await tab.importFrom(served)
  await device.stopWorkers()
  expect(await tab.readBack(served)).toMatchObject({ differences: [], messages: 2 })
  await tab.untilSynced()
  await device.kill()
  await device.boot()
  const again = await device.openTab(cloud.url)
  expect(await again.readBack(served)).toMatchObject({ differences: [], messages: 2 })

  const second = await openPersistentDevice()
  const there = await second.openTab(cloud.url)
  await signIn(there, 'ada@example.com')
  await expect.poll(() => messageCount(there)).toBe(2)
  expect(await there.readBack(served)).toMatchObject({ differences: [], messages: 2 })
})

/** Messages of all conversations that the list knows. */
async function messageCount(tab: Tab): Promise<number> {
  let count = 0
  let after: Awaited<ReturnType<Tab['chats']['listConversations']>>['next'] = null
  do {
    const page = await tab.chats.listConversations({ limit: 500, ...(after === null ? {} : { after }) })
    for (const { messageCount } of page.conversations) count += messageCount
    after = page.next
  } while (after !== null)
  return count
}
