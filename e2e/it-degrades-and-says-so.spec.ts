// Promise 4: it degrades, and says so. Without worker, IndexedDB or disk the next best is used, `status` says which one and what
// to do, and what was saved in the lesser store moves up, once, when the better one returns.
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Frame, LaunchOptions, Page } from '@playwright/test'
import type { ClientStatus } from '../src/client/api.ts'
import { accountOf, signIn, signOut, signUp } from './harness/accounts.ts'
import { openBrowserWith } from './harness/browser-settings.ts'
import { buildOwnWorker } from './harness/build-own-worker.ts'
import { type Cloud, UPLOADS } from './harness/cloud.ts'
import type { Device } from './harness/device.ts'
import { aMessage } from './harness/messages.ts'
import { without } from './harness/missing-features.ts'
import { fillLocalStorage, servePage, serveSiteWith } from './harness/served-pages.ts'
import { messagesIn } from './harness/server-log.ts'
import { addressOf, openTab, type Tab, tabOf } from './harness/tab.ts'
import { expect, test } from './harness/test.ts'

const PROJECT = fileURLToPath(new URL('..', import.meta.url))
/** A browser without worker and IndexedDB. */
const ONLY_LOCAL_STORAGE = without('worker', 'indexeddb')

test('keeps chats in the page when a page is served in the worker’s place', async ({ cloud, device }) => {
  const fallback = servePage(cloud, '/sw.js', '<!doctype html><title>The app</title>')
  const tab = await device.openTab(cloud.url)
  await expectDegraded(tab, 'page+indexeddb', 'worker/not-a-script', /serve sw\.js itself/i)
  await expectKeeps(tab, 'tides')
  await signUp(tab, 'ada@example.com')
  await tab.untilSynced()
  expect(textsIn(cloud)).toContain('what was saved in tides')

  fallback.end()
  await tab.reload()
  expect(await tab.status()).toMatchObject({ rung: 'worker+indexeddb', degraded: null })
  await expectKept(tab, 'tides')
})

for (const [name, answer] of Object.entries({
  'is missing': { status: 404, body: 'Not found' },
  'cannot be served': { status: 500, body: 'Oops' },
  'does not run': { status: 200, headers: { 'Content-Type': 'text/javascript' }, body: 'throw new Error()' },
  'is no JavaScript': { status: 200, headers: { 'Content-Type': 'text/javascript' }, body: 'const {' },
})) {
  test(`keeps chats in the page when the worker ${name}`, async ({ cloud, device }) => {
    cloud.front.answer({ path: /^\/sw\.js/ }, answer)
    const tab = await device.openTab(cloud.url)
    await expectDegraded(tab, 'page+indexeddb', 'worker/unavailable', /serve sw\.js/i)
    await expectKeeps(tab, 'tides')
    await tab.reload()
    await expectKept(tab, 'tides')
  })
}

test('leaves somebody else’s worker alone, and joins it once it knows chatkeep', async ({
  cloud,
  device,
}) => {
  servePage(cloud, '/app-sw.js', 'self.addEventListener("fetch", () => {})', 'text/javascript')
  servePage(cloud, '/empty.html', '<!doctype html>')
  const page = await device.openPage()
  const own = await device.addressOf(cloud.url)
  await page.goto(`${own}/empty.html`)
  await page.evaluate(async () => {
    await navigator.serviceWorker.register('/app-sw.js')
    await navigator.serviceWorker.ready
  })
  const tab = await device.openTab(cloud.url)
  await expectDegraded(tab, 'page+indexeddb', 'worker/foreign', /installChatkeep/)
  await expectKeeps(tab, 'tides')
  expect(await registrations(tab.page)).toEqual([`${own}/app-sw.js`])

  servePage(cloud, '/app-sw.js', await buildOwnWorker(), 'text/javascript')
  await page.evaluate(async () => {
    const registration = await navigator.serviceWorker.getRegistration()
    await registration?.update()
    const worker = registration?.installing ?? registration?.waiting
    await new Promise<void>((resolve) => {
      const look = () => worker?.state === 'activated' && resolve()
      worker?.addEventListener('statechange', look)
      look()
    })
  })
  await tab.reload()
  expect(await tab.status()).toMatchObject({ rung: 'worker+indexeddb', degraded: null })
  await expectKept(tab, 'tides')
  await expectKeeps(tab, 'moon')
  expect(await registrations(tab.page)).toEqual([`${own}/app-sw.js`])
  await tab.chats.unregister({ keepData: true })
  expect(await registrations(tab.page)).toEqual([`${own}/app-sw.js`])
})

test('works beside somebody else’s worker from a folder without pages', async ({ cloud, device }) => {
  const { tab, own } = await besideSomebodyElses(cloud, device)
  expect(await tab.status()).toMatchObject({ rung: 'worker+indexeddb', degraded: null })
  await expectKeeps(tab, 'tides')
  await tab.reload()
  await expectKept(tab, 'tides')
  expect([...(await registrations(tab.page))].sort()).toEqual([`${own}/app-sw.js`, `${own}/chatkeep/sw.js`])
  const controller = () => navigator.serviceWorker.controller?.scriptURL
  expect(await tab.page.evaluate(controller)).toBe(`${own}/app-sw.js`)
  await tab.chats.unregister({ keepData: true })
  expect(await registrations(tab.page)).toEqual([`${own}/app-sw.js`])
})

test('syncs from a folder without pages, also after its worker was stopped', { tag: '@chromium' }, async ({
  cloud,
  device,
}) => {
  const { tab } = await besideSomebodyElses(cloud, device)
  await expectKeeps(tab, 'tides')
  await signUp(tab, 'ada@example.com')
  await device.stopWorkers()
  await expectKeeps(tab, 'moon')
  await tab.untilSynced()
  expect(textsIn(cloud)).toEqual(['what was saved in moon', 'what was saved in tides'])
})

test('keeps chats in the page when the app switched the worker off, and asks for nothing', async ({
  cloud,
  device,
}) => {
  const tab = await device.openTab(cloud.url, { worker: false })
  await expectDegraded(tab, 'page+indexeddb', 'worker/unavailable', /^Nothing to do/)
  await expectKeeps(tab, 'tides')
  expect(await registrations(tab.page)).toEqual([])
})

test('keeps chats in the page where service workers are blocked, in two tabs', { tag: '@chromium' }, async ({
  cloud,
  openDevice,
}) => {
  const device = await openDevice({ serviceWorkers: 'block' })
  const [first, second] = [await device.openTab(cloud.url), await device.openTab(cloud.url)]
  for (const tab of [first, second]) {
    await expectDegraded(tab, 'page+indexeddb', 'worker/unavailable', /Allow service workers/)
  }
  await signUp(first, 'ada@example.com')
  await expectSharedByTwo(cloud, first, second)
})

test('lets one tab use the worker and another the page on the same chats', async ({ cloud, device }) => {
  const onWorker = await device.openTab(cloud.url)
  const inPage = await device.openTab(cloud.url, without('worker'))
  expect(await onWorker.status()).toMatchObject({ rung: 'worker+indexeddb' })
  await expectDegraded(inPage, 'page+indexeddb', 'worker/unavailable', /https/)
  await signUp(onWorker, 'ada@example.com')
  await expectSharedByTwo(cloud, onWorker, inPage)
})

test('keeps chats in the page when only the worker cannot open IndexedDB', async ({ cloud, device }) => {
  const broken = 'IDBFactory.prototype.open = () => { throw new DOMException("broken", "UnknownError") };'
  const script = cloud.front.answer(
    { path: /^\/sw\.js/ },
    {
      status: 200,
      headers: { 'Content-Type': 'text/javascript' },
      body: broken + (await (await fetch(`${cloud.url}/sw.js`)).text()),
    },
  )
  const tab = await device.openTab(cloud.url)
  await expectDegraded(tab, 'page+indexeddb', 'storage/unavailable', /site data/)
  await expectKeeps(tab, 'tides')
  script.end()
  await tab.reload() // Looks for a new version of the worker, and finds one.
  await tab.page.evaluate(() => navigator.serviceWorker.ready.then((registration) => registration.update()))
  await expect
    .poll(async () => {
      await tab.reload()
      return (await tab.status()).rung
    })
    .toBe('worker+indexeddb')
  await expectKept(tab, 'tides')
})

for (const [name, feature] of [
  ['is missing', 'indexeddb'],
  ['cannot be opened', 'indexeddb-open'],
] as const) {
  test(`keeps chats in localStorage when IndexedDB ${name}, and moves them up once`, async ({
    cloud,
    device,
  }) => {
    const tab = await device.openTab(cloud.url, without('worker', feature))
    await expectDegraded(tab, 'page+local-storage', 'storage/unavailable', /site data/)
    await expectKeeps(tab, 'tides')
    await tab.reload()
    expect(await tab.status()).toMatchObject({ rung: 'page+local-storage' })
    await expectKept(tab, 'tides')
    const other = await device.openTab(cloud.url, without('worker', feature))
    await expectKept(other, 'tides')
    await expectKeeps(other, 'moon')
    // Browsers tell other tabs a moment later what was written to localStorage.
    await expect.poll(() => tab.titles()).toContain('About moon')
    await expectKept(tab, 'moon')
    await other.close()

    await moveToBest(device, tab, cloud)
    for (const conversation of ['tides', 'moon']) await expectKept(tab, conversation)
    expect(await leftInLocalStorage(tab.page)).toEqual([])
    const shown = await tab.chats.loadMessages('tides')
    await tab.reload()
    expect(await tab.chats.loadMessages('tides')).toEqual(shown)
    await signUp(tab, 'ada@example.com')
    await tab.chats.syncNow()
    await expect.poll(async () => (await tab.status()).sync.pendingCount).toBe(0)
    expect(textsIn(cloud)).toEqual(['what was saved in moon', 'what was saved in tides'])
  })
}

test('uploads from localStorage where IndexedDB cannot be had, and not again after moving up', async ({
  cloud,
  device,
}) => {
  const tab = await device.openTab(cloud.url, ONLY_LOCAL_STORAGE)
  await signUp(tab, 'ada@example.com')
  await expectKeeps(tab, 'tides')
  await tab.untilSynced()
  expect(textsIn(cloud)).toEqual(['what was saved in tides'])
  await cloud.stop()
  await expectKeeps(tab, 'moon')
  await cloud.start()

  await moveToBest(device, tab, cloud)
  await tab.chats.setAccount(await accountOf(tab.page)) // As the app does at each start.
  await tab.chats.syncNow()
  await tab.reload()
  for (const conversation of ['tides', 'moon']) await expectKept(tab, conversation)
  await tab.chats.syncNow()
  await expect.poll(() => textsIn(cloud)).toEqual(['what was saved in moon', 'what was saved in tides'])
  expect(await leftInLocalStorage(tab.page)).toEqual([])
})

test('moves up only what belongs to the person who is signed in, and loses nothing of the other', async ({
  cloud,
  device,
}) => {
  const tab = await device.openTab(cloud.url, ONLY_LOCAL_STORAGE)
  await signUp(tab, 'ada@example.com')
  await cloud.stop()
  await tab.chats.appendMessages('letters', [aMessage('only for Ada')])
  await cloud.start()
  await signOut(tab)
  await tab.chats.appendMessages('notes', [aMessage('written by nobody')])

  await moveToBest(device, tab, cloud)
  expect(await tab.texts('notes')).toEqual(['written by nobody'])
  expect(await tab.titles()).toEqual(['written by nobody'])

  await signIn(tab, 'ada@example.com')
  await tab.reload()
  await expect.poll(() => tab.texts('letters')).toEqual(['only for Ada'])
  await tab.chats.syncNow()
  await expect.poll(() => textsIn(cloud)).toContain('only for Ada')
  expect(await leftInLocalStorage(tab.page)).toEqual([])
})

test('moves up once when two tabs find the better store at the same time', async ({ cloud, device }) => {
  const tab = await device.openTab(cloud.url, ONLY_LOCAL_STORAGE)
  await expectKeeps(tab, 'tides')
  const other = await device.openTab(cloud.url, ONLY_LOCAL_STORAGE)
  await expectKeeps(other, 'moon')
  await Promise.all([tab, other].map((each) => moveToBest(device, each, cloud)))
  for (const each of [tab, other]) {
    for (const conversation of ['tides', 'moon']) {
      await expect.poll(() => each.texts(conversation)).toEqual([`what was saved in ${conversation}`])
    }
    expect(await each.titles()).toHaveLength(2)
  }
  await expect.poll(() => leftInLocalStorage(tab.page)).toEqual([])
})

test('takes chats from memory to the disk when it returns, without a reload', { tag: '@chromium' }, async ({
  cloud,
  device,
}) => {
  const tab = await openInMemory(device, cloud)
  await expectDegraded(tab, 'memory', 'storage/unavailable', /site data/)
  await expectKeeps(tab, 'tides')
  await comeBackWithDisk(tab, 1)
  await expect.poll(async () => (await tab.status()).rung).toBe('page+indexeddb')
  await expectKept(tab, 'tides')
  const later = await device.openTab(cloud.url)
  await expectKept(later, 'tides')
})

test('takes Ada’s chats from memory to her own database', { tag: '@chromium' }, async ({ cloud, device }) => {
  const tab = await openInMemory(device, cloud)
  const { accountId } = await signUp(tab, 'ada@example.com')
  const outage = cloud.front.answer(UPLOADS, { status: 503 })
  await expectKeeps(tab, 'tides')
  await comeBackWithDisk(tab, 1)
  await expect.poll(async () => (await tab.status()).rung).toBe('page+indexeddb')
  expect(await tab.status()).toMatchObject({ accountId })
  await expectKept(tab, 'tides')
  outage.end()
  const later = await device.openTab(cloud.url)
  expect(await later.status()).toMatchObject({ rung: 'worker+indexeddb', accountId })
  await expectKept(later, 'tides')
  await later.chats.syncNow()
  await expect.poll(() => textsIn(cloud)).toEqual(['what was saved in tides'])
})

test('stays in memory as long as chats cannot be taken to the disk', { tag: '@chromium' }, async ({
  cloud,
  device,
}) => {
  const tab = await openInMemory(device, cloud)
  await expectKeeps(tab, 'tides')
  const moving = cloud.front.answer({ path: /\/assets\/move-up-/ }, { status: 503 })
  const asked = moving.next()
  await comeBackWithDisk(tab, 1)
  await asked
  expect(await tab.status()).toMatchObject({ rung: 'memory' })
  await expectKept(tab, 'tides')
  await expectKeeps(tab, 'moon')
})

test('refuses what does not fit into a full localStorage, and keeps what was there', async ({
  cloud,
  device,
}) => {
  const tab = await device.openTab(cloud.url, ONLY_LOCAL_STORAGE)
  await expectKeeps(tab, 'tides')
  await fillLocalStorage(tab.page)
  const saving = tab.chats.appendMessages('tides', [aMessage('x'.repeat(100_000))])
  await expect(saving).rejects.toMatchObject({ code: 'storage/quota' })
  await expectKept(tab, 'tides')
  await tab.reload()
  await expectKept(tab, 'tides')
  await tab.page.evaluate(() => localStorage.removeItem('filler'))
  await tab.chats.appendMessages('moon', [aMessage('after making room')])
  expect(await tab.texts('moon')).toEqual(['after making room'])
})

test('stays in memory, loudly, when localStorage is full from the beginning', async ({ cloud, device }) => {
  servePage(cloud, '/empty.html', '<!doctype html>')
  const page = await device.openPage()
  const own = await device.addressOf(cloud.url)
  await page.goto(`${own}/empty.html`)
  await fillLocalStorage(page)
  const tab = await openTab(page, own, ONLY_LOCAL_STORAGE)
  await expectDegraded(tab, 'memory', 'storage/quota', /free/i)
  await expectKeeps(tab, 'tides')
})

test('works in memory, loudly, when everything is missing', async ({ cloud, device }) => {
  const nothing = without('worker', 'indexeddb', 'local-storage', 'locks', 'broadcast-channel')
  const tab = await device.openTab(cloud.url, nothing)
  const { degraded } = await expectDegraded(tab, 'memory', 'storage/unavailable', /site data/)
  expect(degraded?.details.tried).toMatchObject([
    { rung: 'worker+indexeddb', code: 'worker/unavailable' },
    { rung: 'page+indexeddb', code: 'storage/unavailable' },
    { rung: 'page+local-storage', code: 'storage/unavailable' },
  ])
  expect(await capabilitiesIn(tab)).toMatchObject({
    serviceWorker: false,
    indexedDB: false,
    localStorage: false,
    webLocks: false,
    broadcastChannel: false,
    backgroundSync: false,
  })
  await expectKeeps(tab, 'tides')
  await signUp(tab, 'ada@example.com')
  await tab.untilSynced()
  expect(textsIn(cloud)).toEqual(['what was saved in tides'])
})

test('works in memory, loudly, when all cookies are blocked', { tag: '@chromium' }, async ({
  cloud,
  launchOptions,
}) => {
  await using browser = await openBrowserWith(launchOptions as LaunchOptions, { cookies: 'none' })
  const tab = await openTab(await browser.context.newPage(), cloud.url)
  await expectDegraded(tab, 'memory', 'storage/unavailable', /allow cookies/i)
  await expectKeeps(tab, 'tides')
  expect(await capabilitiesIn(tab)).toMatchObject({ indexedDB: false, localStorage: false, webLocks: false })
})

test('works in memory in a sandboxed frame', { tag: '@chromium' }, async ({ cloud, device }) => {
  serveSiteWith(cloud, { 'Access-Control-Allow-Origin': '*' })
  const tab = await framed(device, cloud, cloud.url, 'sandbox="allow-scripts"')
  await expectDegraded(tab, 'memory', 'storage/unavailable', /site data/)
  await expectKeeps(tab, 'tides')
})

test('keeps chats in a frame on somebody else’s site', { tag: '@chromium' }, async ({
  cloud,
  launchOptions,
}) => {
  serveSiteWith(cloud, {})
  await using browser = await openBrowserWith(launchOptions as LaunchOptions, { cookies: 'all' })
  const tab = await framed(browser, cloud, elsewhere(cloud), '')
  expect(await tab.status()).toMatchObject({ rung: 'worker+indexeddb', degraded: null })
  await expectKeeps(tab, 'tides')
  const again = await framed(browser, cloud, elsewhere(cloud), '')
  await expectKept(again, 'tides')
})

test('works in memory in a frame on somebody else’s site whose cookies are blocked', {
  tag: '@chromium',
}, async ({ cloud, device }) => {
  serveSiteWith(cloud, {})
  const tab = await framed(device, cloud, elsewhere(cloud), '')
  await expectDegraded(tab, 'memory', 'storage/unavailable', /site data/)
  await expectKeeps(tab, 'tides')
})

for (const [name, policy] of [
  ['forbids workers', "worker-src 'none'"],
  ['does not speak of workers and allows only scripts of the app', 'script-src ORIGIN/assets/'],
] as const) {
  test(`keeps chats in the page when the content security policy ${name}`, async ({ cloud, device }) => {
    const sources = policy.replace('ORIGIN', await device.addressOf(cloud.url))
    serveSiteWith(cloud, { 'Content-Security-Policy': `${sources}; object-src 'none'` })
    const tab = await device.openTab(cloud.url)
    await expectDegraded(tab, 'page+indexeddb', 'worker/unavailable', /worker-src/)
    await expectKeeps(tab, 'tides')
    await tab.reload()
    await expectKept(tab, 'tides')
  })
}

test('takes a worker under a content security policy that does not speak of workers', async ({
  cloud,
  device,
}) => {
  serveSiteWith(cloud, {
    'Content-Security-Policy': "default-src 'none'; script-src 'self'; connect-src 'self'",
  })
  const tab = await device.openTab(cloud.url)
  expect(await tab.status()).toMatchObject({ rung: 'worker+indexeddb', degraded: null })
  await expectKeeps(tab, 'tides')
})

test('resolves to a client where there is no page, as on a server that renders, and lets it end', async () => {
  const program = `
    import { register } from 'chatkeep'
    const chats = await register({ projectId: 'docs', cloud: { url: '/api/v1/chat' } })
    const saving = await chats.appendMessages('tides', [{ id: 'm', role: 'user', content: 'high water?' }])
    const { messages } = await chats.loadMessages('tides')
    const { rung, degraded } = chats.status
    console.log(JSON.stringify({ rung, code: degraded.code, messages: messages.map(({ message }) => message) }))
  `
  const run = promisify(execFile)(process.execPath, ['--input-type=module', '--eval', program], {
    cwd: PROJECT,
    timeout: 20_000,
  })
  expect(JSON.parse((await run).stdout)).toEqual({
    rung: 'memory',
    code: 'worker/unavailable',
    messages: [{ id: 'm', role: 'user', content: 'high water?' }],
  })
})

async function expectDegraded(
  tab: Tab,
  rung: ClientStatus['rung'],
  code: string,
  remedy: RegExp,
): Promise<ClientStatus> {
  const status = await tab.status()
  expect(status).toMatchObject({ rung, degraded: { code, remedy: expect.stringMatching(remedy) } })
  return status
}

/** The client works: it saves, edits, names and lists. */
async function expectKeeps(tab: Tab, conversationId: string): Promise<void> {
  const message = aMessage('what was said first')
  await tab.chats.appendMessages(conversationId, [message])
  await tab.chats.editMessage(conversationId, {
    ...message,
    parts: [{ type: 'text', text: `what was saved in ${conversationId}` }],
  })
  await tab.chats.renameConversation(conversationId, `About ${conversationId}`)
  await expectKept(tab, conversationId)
}

async function expectKept(tab: Tab, conversationId: string): Promise<void> {
  expect(await tab.texts(conversationId)).toEqual([`what was saved in ${conversationId}`])
  expect(await tab.titles()).toContain(`About ${conversationId}`)
}

/** Two pages with engines of their own on one database: nothing is lost, doubled or branched. */
async function expectSharedByTwo(cloud: Cloud, first: Tab, second: Tab): Promise<void> {
  const account = (await first.status()).accountId
  await expect.poll(async () => (await second.status()).accountId).toBe(account)
  const texts = Array.from({ length: 8 }, (_, index) => `message ${index}`)
  await Promise.all(
    texts.map((text, index) =>
      (index % 2 === 0 ? first : second).chats.appendMessages('shared', [aMessage(text)]),
    ),
  )
  const { messages } = await first.chats.loadMessages('shared')
  expect(messages.map(({ parentId }) => parentId)).toEqual([
    null,
    ...messages.slice(0, -1).map(({ id }) => id),
  ])
  expect(await second.chats.loadMessages('shared')).toEqual(await first.chats.loadMessages('shared'))
  expect([...(await second.texts('shared'))].sort()).toEqual(texts)
  await Promise.all([first.untilSynced(), second.untilSynced()])
  expect(textsIn(cloud)).toEqual(texts)
}

/** The same page in a browser that lacks nothing. */
async function moveToBest(device: Device, tab: Tab, cloud: Cloud): Promise<void> {
  await tab.page.goto(addressOf(await device.addressOf(cloud.url)))
  expect(await tab.status()).toMatchObject({ rung: 'worker+indexeddb', degraded: null })
}

/** Texts that the cloud shows, the newest of each message, sorted. */
const textsIn = (cloud: Cloud) => {
  const newest = new Map(messagesIn(cloud.log()).map(({ id, text }) => [id, text]))
  return [...newest.values()].sort()
}

const registrations = (page: Page) =>
  page.evaluate(async () => {
    const found = await navigator.serviceWorker.getRegistrations()
    return found.map(({ active }) => active?.scriptURL)
  })

const leftInLocalStorage = (page: Page) =>
  page.evaluate(() => Object.keys(localStorage).filter((key) => key.startsWith('chatkeep/')))

const capabilitiesIn = (tab: Tab) => tab.page.evaluate(() => window.chatkeepPage.capabilities())

/** A page whose disk can be mended; its clock can be put forward. */
async function openInMemory(device: Device, cloud: Cloud): Promise<Tab> {
  const page = await device.context.newPage()
  await page.clock.install()
  return openTab(page, cloud.url, without('worker', 'indexeddb-open', 'local-storage'))
}

/** IndexedDB opens again; after a while somebody looks at the page. */
async function comeBackWithDisk({ page }: Tab, minutes: number): Promise<void> {
  await page.evaluate(() => (window as unknown as { mendIndexedDb(): void }).mendIndexedDb())
  await page.clock.fastForward(minutes * 60_000)
  await page.evaluate(() => dispatchEvent(new Event('focus')))
}

/** The same server under a name that browsers take for another site. */
function elsewhere(cloud: Cloud): string {
  const url = new URL(cloud.url)
  url.hostname = 'localhost'
  return url.origin
}

/** The test page in a frame of a page at `host`. */
async function framed(
  device: Pick<Device, 'context'>,
  cloud: Cloud,
  host: string,
  attributes: string,
): Promise<Tab> {
  const source = addressOf(cloud.url).replaceAll('&', '&amp;')
  servePage(cloud, '/host.html', `<!doctype html><iframe ${attributes} src="${source}"></iframe>`)
  const page = await device.context.newPage()
  await page.goto(`${host}/host.html`)
  const frame = page.frames().find((each) => each !== page.mainFrame()) as Frame
  await frame.waitForFunction(() => 'chatkeepPage' in window)
  return tabOf(frame as unknown as Page)
}

/** A page that somebody else's worker controls, with chatkeep's in a folder of its own. */
async function besideSomebodyElses(cloud: Cloud, device: Device): Promise<{ tab: Tab; own: string }> {
  servePage(cloud, '/app-sw.js', 'self.addEventListener("fetch", () => {})', 'text/javascript')
  const script = await (await fetch(`${cloud.url}/sw.js`)).text()
  servePage(cloud, '/chatkeep/sw.js', script, 'text/javascript')
  servePage(cloud, '/empty.html', '<!doctype html>')
  const page = await device.openPage()
  const own = await device.addressOf(cloud.url)
  await page.goto(`${own}/empty.html`)
  await page.evaluate(async () => {
    await navigator.serviceWorker.register('/app-sw.js')
    await navigator.serviceWorker.ready
  })
  return { tab: await device.openTab(cloud.url, { worker: { url: '/chatkeep/sw.js' } }), own }
}
