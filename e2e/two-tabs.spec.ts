// Promise 3: two tabs, two devices, no loss. What is written at once ends in the same state everywhere, and the value that did
// not win is kept and can be chosen.
import { signIn, signUp } from './harness/accounts.ts'
import type { Cloud } from './harness/cloud.ts'
import type { Device } from './harness/device.ts'
import { aMessage, someMessages } from './harness/messages.ts'
import { messagesIn } from './harness/server-log.ts'
import { everythingStored } from './harness/stored.ts'
import type { Tab } from './harness/tab.ts'
import { expect, test } from './harness/test.ts'

/** What a device calls itself. */
const NAMES = { chromium: 'Chrome on Linux', firefox: 'Firefox on Linux', webkit: 'Safari on Linux' } as const

test('shows in each tab what the other writes, as it is written', async ({ cloud, device }) => {
  const [first, second] = await twoTabs(device, cloud)
  await Promise.all([follow(first, 'tides'), follow(second, 'tides')])
  await first.chats.appendMessages('tides', [aMessage('when is high water?')])
  await second.chats.appendMessages('tides', [aMessage('at noon', 'assistant')])
  for (const tab of [first, second]) {
    await expect
      .poll(() => followed(tab))
      .toEqual({
        title: 'when is high water?',
        texts: ['when is high water?', 'at noon'],
      })
  }
  await second.chats.renameConversation('tides', 'High water')
  await expect.poll(() => followed(first)).toMatchObject({ title: 'High water' })
  await first.chats.deleteConversation('tides')
  await expect.poll(() => second.titles()).toEqual([])
})

test('serves both tabs by one worker, and a worker that dies between saves loses nothing', {
  tag: '@chromium',
}, async ({ cloud, device }) => {
  const [first, second] = await twoTabs(device, cloud)
  for (const tab of [first, second]) expect(await tab.status()).toMatchObject({ rung: 'worker+indexeddb' })
  expect(device.context.serviceWorkers()).toHaveLength(1)
  const wanted: string[] = []
  for (const [index, tab] of [first, second, first, second].entries()) {
    await tab.chats.appendMessages('tides', [aMessage(`message ${index}`)])
    wanted.push(`message ${index}`)
    await device.stopWorkers()
  }
  for (const tab of [first, second]) expect(await tab.texts('tides')).toEqual(wanted)
})

test('saves everything once while both tabs write and the worker dies again and again', {
  tag: '@chromium',
}, async ({ cloud, device }) => {
  const [first, second] = await twoTabs(device, cloud)
  await signUp(first, 'ada@example.com')
  const mine = someMessages(20, 'first')
  const theirs = someMessages(20, 'second')
  let saved = 0
  const writeAll = (tab: Tab, messages: ReturnType<typeof someMessages>) =>
    messages.map(async (message) => {
      await tab.chats.appendMessages('tides', [message])
      saved += 1
    })
  const saving = Promise.all([...writeAll(first, mine), ...writeAll(second, theirs)])
  for (const atLeast of [1, 15, 30]) {
    await expect.poll(() => saved, { intervals: [2] }).toBeGreaterThanOrEqual(atLeast)
    await device.stopWorkers()
  }
  await saving
  const wanted = [...mine, ...theirs].map(({ parts }) => parts[0]?.text).sort()
  const shown = await first.texts('tides')
  expect([...shown].sort()).toEqual(wanted)
  expect(await second.texts('tides')).toEqual(shown)
  await Promise.all([first.untilSynced(), second.untilSynced()])
  expect(textsIn(cloud).sort()).toEqual(wanted)
})

test('does not branch when tabs append to what they last saw', async ({ cloud, device }) => {
  const [first, second] = await twoTabs(device, cloud)
  await first.chats.appendMessages('tides', [aMessage('when is high water?')])
  const { leaf: stale } = await second.chats.loadMessages('tides')
  await first.chats.appendMessages('tides', [aMessage('at noon', 'assistant'), aMessage('and low water?')])
  await second.chats.appendMessages('tides', [aMessage('from a stale tab')], { after: stale })
  for (let round = 0; round < 5; round++) {
    const { leaf: after } = await first.chats.loadMessages('tides')
    await Promise.all(
      [first, second].map((tab, index) =>
        tab.chats.appendMessages('tides', [aMessage(`round ${round} of tab ${index}`)], { after }),
      ),
    )
  }
  const { messages } = await first.chats.loadMessages('tides', { limit: 0 })
  expect(messages).toHaveLength(14)
  expect(messages.map(({ parentId }) => parentId)).toEqual([
    null,
    ...messages.slice(0, -1).map(({ id }) => id),
  ])
  expect(messages.filter(({ siblings }) => siblings !== undefined)).toEqual([])
  expect(await second.chats.loadMessages('tides', { limit: 0 })).toMatchObject({ messages })
})

test('does not double a list that both tabs save at once', async ({ cloud, device }) => {
  const [first, second] = await twoTabs(device, cloud)
  const shared = someMessages(6)
  await Promise.all([first, second].map((tab) => tab.chats.saveMessages('tides', shared)))
  const [mine, theirs] = [aMessage('only here'), aMessage('only there')]
  await Promise.all([
    first.chats.saveMessages('tides', [...shared, mine]),
    second.chats.saveMessages('tides', shared.slice(0, 2)),
  ])
  await second.chats.saveMessages('tides', [...shared, theirs])
  const everything = new Set<string>()
  for (const message of [mine, theirs]) {
    const page = await first.chats.loadMessages('tides', { limit: 0, leafId: message.id })
    for (const { id } of page.messages) everything.add(id)
  }
  expect([...everything].sort()).toEqual([...shared, mine, theirs].map(({ id }) => id).sort())
  expect(await second.chats.getConversation('tides')).toMatchObject({ messageCount: 8 })
})

test('keeps what both tabs change of one conversation at once', async ({ cloud, device }) => {
  const [first, second] = await twoTabs(device, cloud)
  await signUp(first, 'ada@example.com')
  const [question, answer] = [aMessage('when is high water?'), aMessage('at noon', 'assistant')]
  await first.chats.appendMessages('tides', [question, answer])
  const edited = { ...question, parts: [{ type: 'text', text: 'when is low water?' }] }
  const corrected = { ...answer, parts: [{ type: 'text', text: 'at six' }] }
  await Promise.all([
    first.chats.editMessage('tides', edited),
    second.chats.editMessage('tides', corrected),
    first.chats.renameConversation('tides', 'Low water'),
    second.chats.pinConversation('tides'),
    ...['sea', 'moon', 'boats'].map((tag) => first.chats.addTag('tides', tag)),
    ...['sand', 'wind', 'sea'].map((tag) => second.chats.addTag('tides', tag)),
  ])
  for (const tab of [first, second]) {
    expect(await tab.texts('tides')).toEqual(['when is low water?', 'at six'])
    const metadata = await tab.chats.getConversation('tides')
    expect(metadata).toMatchObject({ title: 'Low water', pinned: true })
    expect([...(metadata?.tags ?? [])].sort()).toEqual(['boats', 'moon', 'sand', 'sea', 'wind'])
  }
  await first.untilSynced()
})

test('shows a growing answer in the other tab, which can stop it', async ({ cloud, device }) => {
  const [first, second] = await twoTabs(device, cloud)
  await first.chats.appendMessages('tides', [aMessage('tell me everything')])
  const growing = aMessage('High water', 'assistant')
  await first.drafts.start('tides', { messageId: growing.id })
  expect(await first.drafts.checkpoint(growing)).toBe('kept')
  expect(await second.texts('tides')).toEqual(['tell me everything', 'High water'])
  await second.chats.appendMessages('tides', [aMessage('wait, one more thing')])
  await second.chats.stopDraft('tides', growing.id)
  const grown = { ...growing, parts: [{ type: 'text', text: 'High water follows' }] }
  expect(await first.drafts.checkpoint(grown)).toBe('stop')
  await first.drafts.finish(grown)
  for (const tab of [first, second]) {
    expect(await tab.texts('tides')).toEqual([
      'tell me everything',
      'High water follows',
      'wait, one more thing',
    ])
  }
})

test('shows on the sofa what the desk writes, and the other way round', async ({ cloud, openDevice }) => {
  const { desk, sofa } = await twoDevices(cloud, openDevice)
  await Promise.all([follow(desk.tab, 'tides'), follow(sofa.tab, 'tides')])
  await desk.tab.chats.appendMessages('tides', [aMessage('when is high water?')])
  await expect.poll(() => followed(sofa.tab)).toMatchObject({ texts: ['when is high water?'] })
  await sofa.tab.chats.appendMessages('tides', [aMessage('at noon', 'assistant')])
  await expect.poll(() => followed(desk.tab)).toMatchObject({ texts: ['when is high water?', 'at noon'] })
})

test('keeps both values of what two devices changed apart, and either can be chosen', async ({
  cloud,
  engine,
  openDevice,
}) => {
  const { desk, sofa } = await twoDevices(cloud, openDevice)
  const question = aMessage('when is high water?')
  await desk.tab.chats.appendMessages('tides', [question])
  await expect.poll(() => sofa.tab.texts('tides')).toEqual(['when is high water?'])
  const onDesk = { ...question, parts: [{ type: 'text', text: 'high water in Husum?' }] }
  const onSofa = { ...question, parts: [{ type: 'text', text: 'high water in Brest?' }] }

  await Promise.all([desk.device.goOffline(), sofa.device.goOffline()])
  await desk.tab.chats.editMessage('tides', onDesk)
  await sofa.tab.chats.editMessage('tides', onSofa)
  await desk.tab.chats.renameConversation('tides', 'Husum')
  await sofa.tab.chats.renameConversation('tides', 'Brest')
  await desk.tab.chats.addTag('tides', 'desk')
  await sofa.tab.chats.addTag('tides', 'sofa')
  await Promise.all([desk.device.goOnline(), sofa.device.goOnline()])

  const shownOn = async ({ chats }: Tab) => {
    const { messages } = await chats.loadMessages('tides')
    const metadata = await chats.getConversation('tides')
    const values = messages.map(({ message, others }) => ({ message, others }))
    return { values, title: metadata?.title, tags: [...(metadata?.tags ?? [])].sort() }
  }
  const known = (value: { message: unknown; others?: readonly unknown[] | undefined } | undefined) =>
    [value?.message, ...(value?.others ?? [])].map((each) => JSON.stringify(each)).sort()
  const both = [onDesk, onSofa].map((each) => JSON.stringify(each)).sort()
  for (const { tab } of [desk, sofa]) {
    await expect.poll(async () => known((await shownOn(tab)).values[0])).toEqual(both)
    await expect.poll(async () => (await shownOn(tab)).tags).toEqual(['desk', 'sofa'])
  }
  await expect.poll(() => shownOn(sofa.tab)).toEqual(await shownOn(desk.tab))
  expect(['Husum', 'Brest']).toContain((await shownOn(desk.tab)).title)

  const { values } = await shownOn(sofa.tab)
  const [loser] = (values[0]?.others ?? []) as [typeof question]
  await sofa.tab.chats.editMessage('tides', loser)
  for (const { tab } of [desk, sofa]) {
    await expect
      .poll(async () => (await shownOn(tab)).values)
      .toEqual([{ message: loser, others: undefined }])
  }

  const [conflict, ...others] = await desk.tab.chats.conflicts('tides')
  expect(others).toEqual([])
  expect(conflict).toMatchObject({ register: 'title', messageId: null })
  const titles = conflict?.heads.map(({ value, device }) => [value, device?.isThis, device?.name])
  expect(titles).toHaveLength(2)
  expect(titles).toContainEqual([{ kind: 'title', title: 'Husum' }, true, NAMES[engine]])
  expect(titles).toContainEqual([{ kind: 'title', title: 'Brest' }, false, NAMES[engine]])
  if (conflict === undefined) throw new Error('unreachable: it was just looked at')
  expect(await desk.tab.chats.resolveConflicts([{ ...conflict, choice: 'theirs' }])).toEqual(['resolved'])
  for (const { tab } of [desk, sofa]) {
    await expect.poll(async () => (await shownOn(tab)).title).toBe('Brest')
    await expect.poll(() => tab.chats.conflicts('tides')).toEqual([])
  }
})

test('deletes for ever on both devices and in the cloud, but for what the other wrote unseen', async ({
  cloud,
  openDevice,
}) => {
  const { desk, sofa } = await twoDevices(cloud, openDevice)
  const both = [desk, sofa]
  await desk.tab.chats.appendMessages('tides', [aMessage('the secret of the tides')])
  await desk.tab.chats.renameConversation('tides', 'Secret tides')
  await desk.tab.chats.appendMessages('stars', [aMessage('the secret of the stars')])
  await expect.poll(() => sofa.tab.texts('tides')).toEqual(['the secret of the tides'])
  await expect.poll(() => sofa.tab.texts('stars')).toEqual(['the secret of the stars'])
  await sofa.device.goOffline()
  await sofa.tab.chats.appendMessages('stars', [aMessage('unseen by the desk')])

  await desk.tab.chats.deleteConversation('tides', { forever: true })
  await desk.tab.chats.deleteConversation('stars', { forever: true })
  await desk.tab.untilSynced()
  await sofa.device.goOnline()
  for (const { tab } of both) {
    await expect.poll(() => tab.texts('stars')).toEqual(['unseen by the desk'])
    await expect.poll(() => tab.titles()).toEqual(['unseen by the desk'])
    await tab.untilSynced()
    expect(await tab.chats.getConversation('tides')).toBeNull()
    expect(await everythingStored(tab.page)).not.toContain('secret of')
  }
  expect(textsIn(cloud)).toEqual(['unseen by the desk'])
})

test('keeps both continuations that two devices wrote apart', async ({ cloud, openDevice }) => {
  const { desk, sofa } = await twoDevices(cloud, openDevice)
  await desk.tab.chats.appendMessages('tides', [aMessage('when is high water?')])
  await expect.poll(() => sofa.tab.texts('tides')).toEqual(['when is high water?'])

  await Promise.all([desk.device.goOffline(), sofa.device.goOffline()])
  const [noon, why] = [aMessage('at noon', 'assistant'), aMessage('why?')]
  const [six, really] = [aMessage('at six', 'assistant'), aMessage('really?')]
  await desk.tab.chats.appendMessages('tides', [noon, why])
  await sofa.tab.chats.appendMessages('tides', [six, really])
  await Promise.all([desk.device.goOnline(), sofa.device.goOnline()])

  const branch = async ({ chats }: Tab, leafId: string) =>
    (await chats.loadMessages('tides', { leafId })).messages.map(({ message }) => message)
  for (const { tab } of [desk, sofa]) {
    await expect
      .poll(async () => (await tab.chats.getConversation('tides'))?.messageCount, { timeout: 15_000 })
      .toBe(5)
    expect((await branch(tab, why.id)).slice(1)).toEqual([noon, why])
    expect((await branch(tab, really.id)).slice(1)).toEqual([six, really])
    const { messages } = await tab.chats.loadMessages('tides')
    expect([...(messages[1]?.siblings ?? [])].sort()).toEqual([noon.id, six.id].sort())
    expect(messages[1]?.apart).toEqual([messages[1]?.id === six.id ? noon.id : six.id])
  }
  const openBranch = (tab: Tab) => tab.texts('tides')
  await expect.poll(() => openBranch(sofa.tab)).toEqual(await openBranch(desk.tab))

  await sofa.tab.chats.selectLeaf('tides', why.id)
  for (const { tab } of [desk, sofa]) {
    await expect.poll(() => openBranch(tab)).toEqual(['when is high water?', 'at noon', 'why?'])
    const { messages } = await tab.chats.loadMessages('tides')
    expect(messages[1]?.apart, 'nobody is told again after somebody chose').toBeUndefined()
  }
})

test('never mixes two projects, on the device or in the cloud', async ({ cloud, openDevice }) => {
  const device = await openDevice()
  const work = await device.openTab(cloud.url, { projectId: 'work' })
  const home = await device.openTab(cloud.url, { projectId: 'home' })
  await signUp(work, 'ada@example.com')
  await work.chats.appendMessages('w', [aMessage('a plan')])
  await home.chats.appendMessages('h', [aMessage('a recipe')])
  await home.chats.appendMessages('w2', [aMessage('a second plan')], { projectId: 'work' })
  await expect.poll(() => work.titles()).toEqual(['a second plan', 'a plan'])
  expect(await home.titles()).toEqual(['a recipe'])
  expect(await home.titles('work')).toEqual(['a second plan', 'a plan'])
  expect(await home.titles('nothing')).toEqual([])
  expect(await work.chats.latestConversation()).toMatchObject({ id: 'w2', projectId: 'work' })
  expect(await home.chats.latestConversation()).toMatchObject({ id: 'h', projectId: 'home' })
  await Promise.all([work.untilSynced(), home.untilSynced()])
  const spaces = Map.groupBy(cloud.log(), ({ space }) => space)
  const conversations = [...spaces.values()].map((rows) =>
    [...new Set(rows.map(({ conversationId }) => conversationId))].sort(),
  )
  expect(conversations.sort()).toEqual([['h'], ['w', 'w2']])

  const elsewhere = await (await openDevice()).openTab(cloud.url, { projectId: 'home' })
  await signIn(elsewhere, 'ada@example.com')
  await expect.poll(() => elsewhere.titles('work')).toEqual(['a second plan', 'a plan'])
  await expect.poll(() => elsewhere.titles()).toEqual(['a recipe'])

  await work.chats.clearProject()
  await work.untilSynced()
  await elsewhere.chats.syncNow()
  expect(await elsewhere.titles('work')).toEqual([])
  for (const tab of [home, elsewhere]) expect(await tab.titles()).toEqual(['a recipe'])
})

test('keeps a conversation in the project that it was begun in', async ({ cloud, device }) => {
  const work = await device.openTab(cloud.url, { projectId: 'work' })
  const home = await device.openTab(cloud.url, { projectId: 'home' })
  await signUp(work, 'ada@example.com')
  await work.chats.appendMessages('plan', [aMessage('a plan')])
  await home.chats.appendMessages('plan', [aMessage('from the page of another project')])
  expect(await home.titles()).toEqual([])
  expect(await home.chats.getConversation('plan')).toMatchObject({ projectId: 'work', messageCount: 2 })
  await Promise.all([work.untilSynced(), home.untilSynced()])
  expect(new Set(cloud.log().map(({ space }) => space)).size).toBe(1)
})

async function twoTabs(device: Device, cloud: Cloud): Promise<readonly [Tab, Tab]> {
  return [await device.openTab(cloud.url), await device.openTab(cloud.url)]
}

/** One person's two machines. */
async function twoDevices(cloud: Cloud, openDevice: () => Promise<Device>) {
  const open = async () => {
    const device = await openDevice()
    return { device, tab: await device.openTab(cloud.url) }
  }
  const [desk, sofa] = [await open(), await open()]
  await signUp(desk.tab, 'ada@example.com')
  await signIn(sofa.tab, 'ada@example.com')
  return { desk, sofa }
}

const textsIn = (cloud: Cloud) => messagesIn(cloud.log()).map(({ text }) => text)

/** Shows a conversation as a page would: read again when, and only when, it is said to have changed. */
async function follow(tab: Tab, conversationId: string): Promise<void> {
  await tab.page.evaluate(async (conversationId) => {
    const client = await window.chatkeepPage.client
    client.subscribe(async (change) => {
      if (!('all' in change) && change.conversationId !== conversationId) return
      const { messages } = await client.loadMessages(conversationId)
      const metadata = await client.getConversation(conversationId)
      const texts = messages.map(({ message }) => (message.parts as { text: string }[])[0]?.text)
      Object.assign(window, { followed: { title: metadata?.title, texts } })
    })
  }, conversationId)
}

const followed = (tab: Tab) =>
  tab.page.evaluate(() => (window as unknown as { followed: { title: string; texts: string[] } }).followed)
