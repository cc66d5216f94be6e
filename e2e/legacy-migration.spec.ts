// What LeanSpec's chat left in localStorage comes along: backed up, imported, compared, and only then removed.
import type { Page } from '@playwright/test'
import type { MigrationReport } from '../src/client/api.ts'
import { signIn, signUp } from './harness/accounts.ts'
import type { Cloud } from './harness/cloud.ts'
import type { Device } from './harness/device.ts'
import { without } from './harness/missing-features.ts'
import { fillLocalStorage, servePage } from './harness/served-pages.ts'
import { messagesIn } from './harness/server-log.ts'
import { openTab, type Tab } from './harness/tab.ts'
import { expect, test } from './harness/test.ts'

const HISTORY = 'leanspec-chat-history'
const THREADS = 'leanspec-chat-threads'
const MESSAGES = 'leanspec-chat-messages-'

const asked = (id: string, text: string) => ({ parts: [{ type: 'text', text }], id, role: 'user' })
const answered = (id: string, text: string, state = 'done') => ({
  id,
  role: 'assistant',
  parts: [{ type: 'step-start' }, { type: 'text', text, state }],
})
const aThread = (id: string, title: string, changes = {}) => ({
  id,
  title,
  createdAt: '2026-01-19T07:54:03.056Z',
  updatedAt: '2026-01-19T08:01:44.120Z',
  model: { providerId: 'openrouter', modelId: 'some/model-1' },
  messageCount: 2,
  preview: title,
  ...changes,
})

/** In the shapes that their browsers hold, in our own words. */
const LOOKED_UP = {
  id: 'Vb31kQmZr08yWtLp',
  role: 'assistant',
  parts: [
    { type: 'step-start' },
    { type: 'text', text: 'Let me see which specs are planned …', state: 'done' },
    {
      type: 'tool-list_specs',
      toolCallId: 'call_77aa',
      state: 'output-available',
      input: { status: 'planned', tags: [] },
      output: { specs: [{ specName: '118-暗黑模式', status: 'planned', priority: null }], total: 1 },
    },
    {
      type: 'dynamic-tool',
      toolName: 'read_spec',
      toolCallId: 'call_77ab',
      state: 'output-error',
      input: { name: '118' },
      errorText: 'ENOENT: no such file',
    },
    { type: 'step-start' },
    { type: 'text', text: 'There is **one**:\n\n```md\n- 118-暗黑模式 🌙\n```', state: 'done' },
  ],
}
const HISTORIES: Readonly<Record<string, readonly object[]>> = {
  'questions whose answers were never stored': [
    asked('kT0pL2vN8sWqYx4b', 'Good morning! What do you know about this project? 👋'),
    asked('Zc7Rr1uE5mJhGd9a', 'show me the planned specs'),
  ],
  'tools, their failures and several steps': [
    asked('aLmQ2zXs81Pwcv0R', 'show me the planned specs'),
    LOOKED_UP,
  ],
  'an answer that was cut off, and what came after it': [
    asked('q8WvYt3nB6kHsD1e', 'sum up 118'),
    answered('M4xCz9oLp2rTgF7u', 'Spec 118 is abo', 'streaming'),
    asked('y5JhNb0iKw3EaSq6', 'once more, please'),
    answered('9d0c7a52-3a5e-4f0b-8a55-6f6a4a3b7e10', 'It is about a dark theme.'),
  ],
  'an answer and no question': [answered('Uu2dHf6GvT1kMn8z', 'part one part two')],
  'content in place of parts': [
    { id: 'old-1', role: 'user', content: '第一个问题', createdAt: '2025-11-02T10:00:00.000Z' },
    {
      id: 'old-2',
      role: 'assistant',
      content: '<img src=x onerror=alert(1)>',
      createdAt: '2025-11-02T10:00:05.500Z',
      toolInvocations: [
        { state: 'result', toolCallId: 'c1', toolName: 'search', args: { q: 'x' }, result: [1, null] },
      ],
    },
  ],
}

for (const [name, messages] of Object.entries(HISTORIES)) {
  test(`brings ${name}`, async ({ cloud, device }) => {
    const text = JSON.stringify(messages)
    const tab = await openWith(device, cloud, { [HISTORY]: text })
    expect(await reportOf(tab)).toMatchObject({
      state: 'done',
      importedConversations: 1,
      importedMessages: messages.length,
      problems: [],
    })
    const [conversation] = (await tab.chats.listConversations()).conversations
    const { messages: stored } = await tab.chats.loadMessages(conversation?.id ?? '', { limit: 0 })
    expect(stored.map(({ message }) => message)).toEqual(messages)
    const times = stored.map(({ createdAt }) => createdAt)
    expect(times).toEqual([...new Set(times)].sort((a, b) => a - b))
    expect(conversation?.title).not.toBe('')
    expect(await legacyKeys(tab.page)).toEqual([])
    expect(await backupsOf(tab.page)).toEqual([text])
  })
}

test('marks an answer that was cut off as interrupted', async ({ cloud, device }) => {
  const messages = HISTORIES['an answer that was cut off, and what came after it'] ?? []
  const tab = await openWith(device, cloud, { [HISTORY]: JSON.stringify(messages) })
  const [conversation] = (await tab.chats.listConversations()).conversations
  const { messages: stored } = await tab.chats.loadMessages(conversation?.id ?? '')
  expect(stored.map(({ status }) => status)).toEqual(['complete', 'interrupted', 'complete', 'complete'])
})

test('keeps the times that old messages carry', async ({ cloud, device }) => {
  const messages = HISTORIES['content in place of parts'] ?? []
  const tab = await openWith(device, cloud, { [HISTORY]: JSON.stringify(messages) })
  const [conversation] = (await tab.chats.listConversations()).conversations
  const { messages: stored } = await tab.chats.loadMessages(conversation?.id ?? '')
  expect(stored.map(({ createdAt }) => new Date(createdAt).toISOString())).toEqual([
    '2025-11-02T10:00:00.000Z',
    '2025-11-02T10:00:05.500Z',
  ])
})

test('brings threads with their titles and models, and not twice what the first layout still holds', async ({
  cloud,
  device,
}) => {
  const [planned, dark] = [
    [asked('aLmQ2zXs81Pwcv0R', 'show me the planned specs'), LOOKED_UP],
    [asked('d1', 'why dark?'), answered('d2', 'Eyes.')],
  ]
  const tab = await openWith(
    device,
    cloud,
    {
      [HISTORY]: JSON.stringify(planned),
      [THREADS]: JSON.stringify([aThread('t-planned', 'Planned specs'), aThread('t-dark', 'Dark theme')]),
      [`${MESSAGES}t-planned`]: JSON.stringify(planned),
      [`${MESSAGES}t-dark`]: JSON.stringify(dark),
    },
    { projectId: 'docs' },
  )
  expect(await reportOf(tab)).toMatchObject({ state: 'done', importedConversations: 2, importedMessages: 4 })
  expect(await tab.status()).toMatchObject({ rung: 'worker+indexeddb' })
  expect([...(await tab.titles())].sort()).toEqual(['Dark theme', 'Planned specs'])
  expect(await tab.titles('default')).toEqual([])
  const { messages } = await tab.chats.loadMessages('t-planned')
  expect(messages.map(({ message }) => message)).toEqual(planned)
  expect(messages[1]?.model).toEqual({ providerId: 'openrouter', modelId: 'some/model-1' })
  expect(new Date(messages[0]?.createdAt ?? 0).toISOString()).toBe('2026-01-19T07:54:03.056Z')
  expect(await legacyKeys(tab.page)).toEqual([])
  expect(await backupsOf(tab.page)).toHaveLength(4)
  expect((await tab.events()).filter(({ type }) => type === 'migrated')).toHaveLength(1)
})

test('brings a thread without messages and messages without a thread', async ({ cloud, device }) => {
  const tab = await openWith(device, cloud, {
    [HISTORY]: JSON.stringify([asked('h1', 'from before there were threads')]),
    [THREADS]: JSON.stringify([aThread('t-empty', 'Never answered', { messageCount: 0 })]),
    [`${MESSAGES}t-orphan`]: JSON.stringify([
      asked('o1', 'whose thread was overwritten'),
      answered('o2', 'Found.'),
    ]),
  })
  expect(await reportOf(tab)).toMatchObject({ state: 'done', importedConversations: 3, importedMessages: 3 })
  expect([...(await tab.titles())].sort()).toEqual([
    'Never answered',
    'from before there were threads',
    'whose thread was overwritten',
  ])
  expect(await tab.texts('t-orphan')).toEqual(['whose thread was overwritten', 'Found.'])
  expect(await legacyKeys(tab.page)).toEqual([])
})

for (const [name, text] of Object.entries({
  null: 'null',
  'an object': '{}',
  'a text': '"hello"',
  'nothing at all': '',
  'JSON that was cut off': '[{"parts":[{"type":"text","text":"Hello, wh',
  'no JSON': '<!doctype html>',
})) {
  test(`leaves ${name} where it is, says so, and brings the rest`, async ({ cloud, device }) => {
    const alone = await openWith(device, cloud, { [HISTORY]: text })
    expect(await reportOf(alone)).toMatchObject({
      state: 'failed',
      importedConversations: 0,
      problems: [{ key: HISTORY, error: { code: 'migration/unreadable' } }],
    })
    expect(await legacyTexts(alone.page)).toEqual({ [HISTORY]: text })
    expect(await alone.titles()).toEqual([])
    await alone.close()

    const good = [asked('g1', 'still readable')]
    const entries = { [HISTORY]: JSON.stringify(good), [THREADS]: text, [`${MESSAGES}t-bad`]: text }
    const tab = await openWith(device, cloud, entries)
    const { state, problems, importedConversations } = await reportOf(tab)
    expect({ state, importedConversations }).toEqual({ state: 'partly', importedConversations: 1 })
    expect(problems.map(({ key }) => key).sort()).toEqual([`${MESSAGES}t-bad`, THREADS])
    expect(await tab.titles()).toEqual(['still readable'])
    expect(await legacyTexts(tab.page)).toEqual({ [THREADS]: text, [`${MESSAGES}t-bad`]: text })
    await tab.reload()
    expect(await tab.titles()).toEqual(['still readable'])
  })
}

test('brings the messages of a list and leaves the list when it holds something else, too', async ({
  cloud,
  device,
}) => {
  const hostile = '{"id":"p1","role":"user","__proto__":{"isAdmin":true},"parts":[]}'
  const good = [asked('g1', 'before'), asked('g2', 'after')].map((each) => JSON.stringify(each))
  const text = `[${[good[0], 'null', '7', '"text"', '{"role":"user"}', '{"id":"x"}', hostile, good[1]].join()}]`
  const tab = await openWith(device, cloud, { [HISTORY]: text })
  const report = await reportOf(tab)
  expect(report).toMatchObject({ state: 'partly', importedConversations: 1 })
  expect(report.problems).toMatchObject([{ key: HISTORY, error: { code: 'migration/unreadable' } }])
  const [conversation] = (await tab.chats.listConversations()).conversations
  const texts = await tab.texts(conversation?.id ?? '')
  expect(texts.filter((each) => each !== '')).toEqual(['before', 'after'])
  expect(await legacyTexts(tab.page)).toEqual({ [HISTORY]: text })
  expect(await tab.page.evaluate(() => ({}) as { isAdmin?: unknown }).then(({ isAdmin }) => isAdmin)).toBe(
    undefined,
  )
  for (let start = 0; start < 2; start++) {
    await tab.reload()
    expect(await tab.texts(conversation?.id ?? '')).toEqual(texts)
    expect(await tab.titles()).toHaveLength(1)
  }
  expect(await backupsOf(tab.page)).toEqual([text])
})

test('keeps both messages that share an id, and one of two that are the same', async ({ cloud, device }) => {
  const messages = [
    asked('same', 'first'),
    asked('same', 'first'),
    asked('same', 'second'),
    answered('a', 'Yes.'),
  ]
  const tab = await openWith(device, cloud, { [`${MESSAGES}t`]: JSON.stringify(messages) })
  expect(await reportOf(tab)).toMatchObject({ state: 'done', importedMessages: 3 })
  expect(await tab.texts('t')).toEqual(['first', 'second', 'Yes.'])
  const { messages: stored } = await tab.chats.loadMessages('t')
  expect(new Set(stored.map(({ id }) => id)).size).toBe(3)
  expect(stored[1]).toMatchObject({ externalId: 'same' })
})

test('imports once when two tabs start at the same time', async ({ cloud, device }) => {
  const entries = { ...manyThreads(6), [HISTORY]: JSON.stringify([asked('h1', 'older still'), LOOKED_UP]) }
  await seed(device, cloud, entries)
  const [first, second] = await Promise.all([device.openTab(cloud.url), device.openTab(cloud.url)])
  await expectThreads([first, second], 6, ['older still'])
  const [history] = (await first.chats.listConversations()).conversations.filter(({ id }) =>
    id.includes('h1'),
  )
  expect(history).toMatchObject({ messageCount: 2 })
  expect(new Set(await backupsOf(first.page))).toEqual(new Set(Object.values(entries)))
  await signUp(first, 'ada@example.com')
  await first.chats.syncNow()
  await expect.poll(async () => (await first.status()).sync.pendingCount).toBe(0)
  expect(messagesIn(cloud.log())).toHaveLength(14)
})

test('imports once when two tabs without locks start at the same time', async ({ cloud, device }) => {
  await seed(device, cloud, manyThreads(6))
  const tabs = [device.openTab(cloud.url, without('locks')), device.openTab(cloud.url, without('locks'))]
  const [first, second] = (await Promise.all(tabs)) as [Tab, Tab]
  await expectThreads([first, second], 6)
})

test('imports once when the worker and the page die in the middle', { tag: '@chromium' }, async ({
  cloud,
  device,
}) => {
  await seed(device, cloud, manyThreads(20))
  const tab = await device.openTab(cloud.url, { isPatient: true })
  await expect.poll(() => databasesOf(tab.page), { intervals: [5] }).not.toEqual([])
  await device.stopWorkers()
  await tab.close()
  const again = await device.openTab(cloud.url, { isPatient: true })
  await device.stopWorkers()
  await again.status()
  await expectThreads([again], 20)
})

test('changes nothing when it runs again on what is there already', async ({ cloud, device }) => {
  const messages = [asked('m1', 'one'), answered('m2', 'two')]
  const entries = {
    [THREADS]: JSON.stringify([aThread('t', 'Old title')]),
    [`${MESSAGES}t`]: JSON.stringify(messages),
  }
  const tab = await openWith(device, cloud, entries)
  await tab.chats.renameConversation('t', 'New title')
  await tab.chats.appendMessages('t', [asked('m3', 'three')])
  const before = await tab.chats.loadMessages('t')
  await seed(device, cloud, entries) // A tab with the old app was still open.
  await tab.reload()
  expect(await reportOf(tab)).toMatchObject({ state: 'done' })
  const { revision: _, ...after } = await tab.chats.loadMessages('t')
  expect(before).toMatchObject(after)
  expect(await tab.titles()).toEqual(['New title'])
  expect(await legacyKeys(tab.page)).toEqual([])

  const more = [...messages, asked('m4', 'from the old tab')]
  await seed(device, cloud, { [`${MESSAGES}t`]: JSON.stringify(more) })
  await tab.reload()
  expect(await tab.chats.getConversation('t')).toMatchObject({ messageCount: 4, title: 'New title' })
  expect(await backupsOf(tab.page)).toHaveLength(3)
})

test('does not bring back what was deleted since', async ({ cloud, device }) => {
  const entries = { [`${MESSAGES}t`]: JSON.stringify([asked('m1', 'one')]) }
  const tab = await openWith(device, cloud, entries)
  await tab.chats.deleteConversation('t')
  await seed(device, cloud, entries)
  await tab.reload()
  expect(await tab.titles()).toEqual([])
})

test('uses a backup that is there already, and its time', async ({ cloud, device }) => {
  const text = JSON.stringify([asked('m1', 'one'), asked('m2', 'two')])
  const savedAt = Date.parse('2026-02-03T04:05:06.789Z')
  const tab = await openWith(device, cloud, {
    [HISTORY]: text,
    [`chatkeep-backup:${HISTORY}:${savedAt}`]: text,
  })
  expect((await reportOf(tab)).backups).toEqual([`chatkeep-backup:${HISTORY}:${savedAt}`])
  expect(await backupsOf(tab.page)).toEqual([text])
  const [conversation] = (await tab.chats.listConversations()).conversations
  const { messages } = await tab.chats.loadMessages(conversation?.id ?? '')
  expect(messages.map(({ createdAt }) => createdAt)).toEqual([savedAt, savedAt + 1])
})

test('keeps the backup in the database when localStorage is full of the chats themselves', async ({
  cloud,
  device,
}) => {
  const long = Array.from({ length: 300 }, (_, index) =>
    asked(`m${index}`, `${index} ${'long '.repeat(2_000)}`),
  )
  const tab = await openWith(device, cloud, { [HISTORY]: JSON.stringify(long) })
  const { state, importedMessages, backups } = await reportOf(tab)
  expect({ state, importedMessages }).toEqual({ state: 'done', importedMessages: 300 })
  expect(backups).toEqual([expect.stringMatching(/^setting:/)])
  expect(await legacyKeys(tab.page)).toEqual([])
  const [name = ''] = backups
  const kept = await tab.chats.getSetting(name.slice('setting:'.length))
  expect(kept).toMatchObject({ text: JSON.stringify(long) })
})

test('brings old chats in from a localStorage that is full to its last byte', async ({ cloud, device }) => {
  await seed(device, cloud, manyThreads(2))
  await fillLocalStorage(await oldApp(device, cloud))
  const tab = await device.openTab(cloud.url)
  expect(await reportOf(tab)).toMatchObject({ state: 'done', importedConversations: 2 })
  await expectThreads([tab], 2)
  expect(await legacyKeys(tab.page)).toEqual([])
})

test('brings old chats to localStorage where there is nothing better, and from there to the disk', async ({
  cloud,
  device,
}) => {
  await seed(device, cloud, manyThreads(2))
  const tab = await device.openTab(cloud.url, without('worker', 'indexeddb'))
  expect(await tab.status()).toMatchObject({ rung: 'page+local-storage' })
  await expectThreads([tab], 2)
  await tab.close()
  const best = await device.openTab(cloud.url)
  expect(await best.status()).toMatchObject({ rung: 'worker+indexeddb' })
  await expectThreads([best], 2)
})

test('shows old chats where there is only memory, and leaves them until there is a disk', async ({
  cloud,
  device,
}) => {
  const entries = manyThreads(2)
  await seed(device, cloud, entries)
  const app = await oldApp(device, cloud)
  await fillLocalStorage(app)
  const tab = await device.openTab(cloud.url, without('worker', 'indexeddb'))
  expect(await tab.status()).toMatchObject({ rung: 'memory', migration: { importedConversations: 2 } })
  expect(await tab.texts('t1')).toEqual(['question 1', 'answer 1'])
  expect(await legacyTexts(tab.page)).toEqual(entries)
  await app.evaluate(() => localStorage.removeItem('filler'))
  await tab.close()
  const best = await device.openTab(cloud.url)
  await expectThreads([best], 2)
})

test('touches nothing when the app does not want it', async ({ cloud, device }) => {
  const entries = manyThreads(2)
  const tab = await openWith(device, cloud, entries, { migrateLegacy: false })
  expect((await tab.status()).migration).toBeNull()
  expect(await legacyTexts(tab.page)).toEqual(entries)
  expect(await tab.titles()).toEqual([])
})

test('takes old chats to the cloud and to a second device', async ({ cloud, device, openDevice }) => {
  const tab = await openWith(device, cloud, {
    ...manyThreads(3),
    [HISTORY]: JSON.stringify([asked('h1', 'older still'), LOOKED_UP]),
  })
  await signUp(tab, 'ada@example.com')
  await tab.chats.syncNow()
  await expect.poll(async () => (await tab.status()).sync.pendingCount).toBe(0)
  const uploaded = messagesIn(cloud.log()).map(({ id }) => id)
  expect(uploaded).toHaveLength(8)
  expect(new Set(uploaded).size).toBe(8)
  const second = await (await openDevice()).openTab(cloud.url)
  await signIn(second, 'ada@example.com')
  await expect.poll(() => second.titles()).toHaveLength(4)
  const shown = async ({ chats }: Tab) => {
    const { conversations } = await chats.listConversations()
    const pages = await Promise.all(conversations.map(({ id }) => chats.loadMessages(id)))
    return pages.map(({ messages }) => messages)
  }
  expect(await shown(second)).toEqual(await shown(tab))
})

/** Puts texts into localStorage as the old app would, with no chatkeep on the page. */
async function seed(device: Device, cloud: Cloud, entries: Readonly<Record<string, string>>): Promise<void> {
  const [writer, reader] = [await oldApp(device, cloud), await oldApp(device, cloud)]
  await write(writer, entries)
  // What one process writes reaches the others a little later.
  await expect.poll(() => entriesWith(reader, '')).toMatchObject(entries)
  await Promise.all([writer.close(), reader.close()])
}

const write = (page: Page, entries: Readonly<Record<string, string>>) =>
  page.evaluate((entries) => {
    for (const [key, text] of Object.entries(entries)) localStorage.setItem(key, text)
  }, entries)

async function oldApp(device: Device, cloud: Cloud): Promise<Page> {
  servePage(cloud, '/old-app.html', '<!doctype html><link rel="icon" href="data:," />')
  const page = await device.openPage()
  await page.goto(await device.addressOf(`${cloud.url}/old-app.html`))
  return page
}

/** A page that had the old app and has the new one now. */
async function openWith(
  device: Device,
  cloud: Cloud,
  entries: Readonly<Record<string, string>>,
  options: Parameters<Device['openTab']>[1] = {},
): Promise<Tab> {
  const page = await oldApp(device, cloud)
  await write(page, entries)
  return openTab(page, await device.addressOf(cloud.url), options)
}

async function reportOf(tab: Tab): Promise<MigrationReport> {
  const { migration } = await tab.status()
  expect(migration).not.toBeNull()
  return migration as MigrationReport
}

const entriesWith = (page: Page, prefix: string) =>
  page.evaluate(
    (prefix) => Object.fromEntries(Object.entries(localStorage).filter(([key]) => key.startsWith(prefix))),
    prefix,
  )
const legacyTexts = (page: Page) => entriesWith(page, 'leanspec-')
const legacyKeys = async (page: Page) => Object.keys(await legacyTexts(page))
const backupsOf = async (page: Page) => Object.values(await entriesWith(page, 'chatkeep-backup:'))

const databasesOf = (page: Page) =>
  page.evaluate(async () => (await indexedDB.databases()).map(({ name }) => name))

/** Threads `t0` … with a question and an answer each. */
function manyThreads(count: number): Readonly<Record<string, string>> {
  const numbers = Array.from({ length: count }, (_, index) => index)
  const messages = numbers.map((index) => [
    `${MESSAGES}t${index}`,
    JSON.stringify([asked(`q${index}`, `question ${index}`), answered(`a${index}`, `answer ${index}`)]),
  ])
  const threads = numbers.map((index) => aThread(`t${index}`, `Thread ${index}`))
  return { [THREADS]: JSON.stringify(threads), ...Object.fromEntries(messages) }
}

/** All threads of `manyThreads` are there, once, in every tab, and nothing is left of the old keys. */
async function expectThreads(
  tabs: readonly Tab[],
  count: number,
  others: readonly string[] = [],
): Promise<void> {
  const titles = Array.from({ length: count }, (_, index) => `Thread ${index}`)
  for (const tab of tabs) {
    expect([...(await tab.titles())].sort()).toEqual([...titles, ...others].sort())
    for (let index = 0; index < count; index++) {
      expect(await tab.texts(`t${index}`)).toEqual([`question ${index}`, `answer ${index}`])
      expect(await tab.chats.getConversation(`t${index}`)).toMatchObject({ messageCount: 2 })
    }
    await expect.poll(() => legacyKeys(tab.page)).toEqual([]) // Another tab may have removed them.
  }
}
