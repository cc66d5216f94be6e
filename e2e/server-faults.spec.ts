// A server that fails costs time and nothing else: every change arrives, once, and nothing newer overtakes.
import { signIn, signUp } from './harness/accounts.ts'
import { type Cloud, UPLOADS } from './harness/cloud.ts'
import type { Device } from './harness/device.ts'
import type { CannedAnswer } from './harness/front.ts'
import { aMessage } from './harness/messages.ts'
import { messagesIn } from './harness/server-log.ts'
import type { Tab } from './harness/tab.ts'
import { expect, test } from './harness/test.ts'

const API = { path: /\/api\/v1\/chat\// } as const
/** All of it but the stream of events, which has waits of its own. */
const SYNC = /\/api\/v1\/chat\/(?!events)/

const uploadedTexts = (cloud: Cloud) => messagesIn(cloud.log()).map(({ text }) => text)
const syncOf = async (tab: Tab) => (await tab.status()).sync

/** Codes of all failures that the app was told of. */
async function failuresOf(tab: Tab): Promise<readonly string[]> {
  const events = await tab.events()
  return events.flatMap((event) => (event.type === 'syncFailed' ? [event.error.code] : []))
}

async function signedIn(cloud: Cloud, device: Device): Promise<Tab> {
  const tab = await device.openTab(cloud.url)
  await signUp(tab, 'ada@example.com')
  return tab
}

/** Three messages to one conversation, each a save of its own. */
async function writeThree(tab: Tab): Promise<void> {
  for (const text of ['one', 'two', 'three']) await tab.chats.appendMessages('tides', [aMessage(text)])
}

const FAULTS: readonly (readonly [what: string, answer: CannedAnswer, code: string])[] = [
  ['500', { status: 500, body: 'oops' }, 'sync/server-error'],
  [
    '503 with a page',
    { status: 503, headers: { 'Content-Type': 'text/html' }, body: '<h1>Sorry</h1>' },
    'sync/server-error',
  ],
  ['429', { status: 429 }, 'sync/too-many-requests'],
  [
    'a page with 200',
    { status: 200, headers: { 'Content-Type': 'text/html' }, body: '<title>Wi-Fi</title>' },
    'sync/bad-answer',
  ],
  ['an empty 200', { status: 200 }, 'sync/bad-answer'],
  [
    'JSON of another shape',
    { status: 200, headers: { 'Content-Type': 'application/json' }, body: '{"ok":true}' },
    'sync/bad-answer',
  ],
  ['a redirect', { status: 302, headers: { Location: '/login' } }, 'sync/offline'],
]

for (const [what, answer, code] of FAULTS) {
  test(`uploads once and in order after ${what}`, async ({ cloud, device }) => {
    const tab = await signedIn(cloud, device)
    const failing = cloud.front.answer({ ...UPLOADS, times: 2 }, answer)
    await writeThree(tab)
    await expect.poll(() => failuresOf(tab)).toContain(code)
    expect(await tab.texts('tides')).toEqual(['one', 'two', 'three'])
    await tab.untilSynced()
    expect(failing.hits).toHaveLength(2)
    expect(uploadedTexts(cloud)).toEqual(['one', 'two', 'three'])
  })
}

test('uploads once when the socket closes after the server committed', async ({ cloud, device }) => {
  const tab = await signedIn(cloud, device)
  const cut = cloud.front.cutAfter({ ...UPLOADS, times: 2 })
  await writeThree(tab)
  await tab.untilSynced()
  expect(cut.hits).toHaveLength(2)
  expect(uploadedTexts(cloud)).toEqual(['one', 'two', 'three'])
})

test('uploads once when the socket closes before the server heard', async ({ cloud, device }) => {
  const tab = await signedIn(cloud, device)
  cloud.front.cutBefore({ ...UPLOADS, times: 2 })
  await writeThree(tab)
  await tab.untilSynced()
  expect(uploadedTexts(cloud)).toEqual(['one', 'two', 'three'])
})

test('confirms by reading back when the answer to a pull is lost', async ({ cloud, device }) => {
  const tab = await signedIn(cloud, device)
  cloud.front.cutAfter({ method: 'GET', path: /\/conversations\?/, times: 2 })
  await writeThree(tab)
  await tab.untilSynced()
  expect(uploadedTexts(cloud)).toEqual(['one', 'two', 'three'])
})

test('waits as long as Retry-After says, whatever is saved or asked meanwhile', { tag: '@chromium' }, async ({
  cloud,
  device,
}) => {
  const tab = await signedIn(cloud, device)
  cloud.front.answer({ ...UPLOADS, times: 1 }, { status: 429, headers: { 'Retry-After': '3' } })
  await tab.chats.appendMessages('tides', [aMessage('one')])
  await expect
    .poll(() => syncOf(tab))
    .toMatchObject({ state: 'waiting', lastError: { code: 'sync/too-many-requests' } })
  const { nextAttemptAt } = await syncOf(tab)
  await tab.chats.appendMessages('tides', [aMessage('two')])
  await tab.chats.appendMessages('other', [aMessage('elsewhere')])
  await tab.chats.syncNow()
  await tab.page.evaluate(() => dispatchEvent(new Event('online')))
  await device.dispatchSync(cloud.url)
  await tab.untilSynced()
  const [refused, next] = cloud.uploads()
  expect((next?.at ?? 0) - (refused?.at ?? 0)).toBeGreaterThanOrEqual(2_990)
  expect(next?.at).toBeGreaterThanOrEqual((nextAttemptAt ?? 0) - 10)
  expect(uploadedTexts(cloud).sort()).toEqual(['elsewhere', 'one', 'two'])
})

test('does not try sooner because something new was saved', async ({ cloud, device }) => {
  const tab = await signedIn(cloud, device)
  const failing = cloud.front.answer(API, { status: 500 })
  await tab.chats.appendMessages('tides', [aMessage('one')])
  await expect.poll(async () => (await syncOf(tab)).attempt, { timeout: 20_000 }).toBeGreaterThanOrEqual(2)
  const { nextAttemptAt } = await syncOf(tab)
  const before = cloud.front.requests.length
  for (let index = 0; index < 5; index++) await tab.chats.appendMessages('tides', [aMessage(`more ${index}`)])
  failing.end()
  await expect.poll(() => cloud.uploads().at(-1)?.status, { timeout: 15_000 }).toBe(200)
  const attempts = cloud.front.requests.slice(before).filter(({ path }) => SYNC.test(path))
  expect(attempts[0]?.at).toBeGreaterThanOrEqual((nextAttemptAt ?? 0) - 10)
  await tab.untilSynced()
})

test('parks without a session and goes on after signing in again', { tag: '@chromium' }, async ({
  cloud,
  openDevice,
}) => {
  // Without Background Sync, and without pokes for what was uploaded before: they are wake-ups of their own, and those may ask.
  const device = await openDevice({ permissions: [] })
  cloud.front.answer({ path: /\/events/ }, { status: 404 })
  const tab = await signedIn(cloud, device)
  await writeThree(tab)
  await tab.untilSynced()
  await device.context.clearCookies()
  await tab.chats.appendMessages('tides', [aMessage('four')])
  await expect
    .poll(() => syncOf(tab))
    .toMatchObject({ state: 'signed-out', pendingCount: 1, lastError: { code: 'sync/auth-required' } })
  const before = cloud.uploads().length
  for (const text of ['five', 'six']) await tab.chats.appendMessages('tides', [aMessage(text)])
  await expect.poll(async () => (await syncOf(tab)).pendingCount).toBe(3)
  expect(cloud.uploads().length, 'a save does not ask a parked destination').toBe(before)
  await signIn(tab, 'ada@example.com')
  await tab.untilSynced()
  expect(uploadedTexts(cloud)).toEqual(['one', 'two', 'three', 'four', 'five', 'six'])
})

test('sets aside only what is too large for the server, and the rest goes on', async ({
  startCloud,
  device,
}) => {
  const cloud = await startCloud({ limits: { maxBodyBytes: 120_000, maxOperationBytes: 60_000 } })
  const tab = await signedIn(cloud, device)
  await device.goOffline()
  await tab.chats.appendMessages('tides', [aMessage('one')])
  await tab.chats.appendMessages('tides', [aMessage('x'.repeat(150_000))])
  await tab.chats.appendMessages('tides', [aMessage('three')])
  await tab.chats.appendMessages('other', [aMessage('elsewhere')])
  await device.goOnline()
  await expect
    .poll(() => uploadedTexts(cloud).sort(), { timeout: 15_000 })
    .toEqual(['elsewhere', 'one', 'three'])
  await expect
    .poll(() => syncOf(tab))
    .toMatchObject({ quarantinedCount: 1, lastError: { code: 'sync/too-large', remedy: expect.any(String) } })
  const [aside] = await tab.chats.listQuarantined()
  expect(aside).toMatchObject({
    conversationId: 'tides',
    operationCount: 1,
    refusal: { code: 'sync/too-large' },
  })
  expect((await tab.texts('tides')).map((text) => text.length)).toEqual([3, 150_000, 5])

  await cloud.stop()
  await cloud.start({ limits: { maxBodyBytes: 1_000_000, maxOperationBytes: 1_000_000 } })
  await tab.chats.retryQuarantined(aside?.sequence ?? -1)
  await tab.untilSynced()
  expect(
    uploadedTexts(cloud)
      .map((text) => text.length)
      .sort(),
  ).toEqual([150_000, 3, 5, 9].sort())
})

test('halves a batch that is too large and uploads all of it', async ({ startCloud, device }) => {
  const cloud = await startCloud({ limits: { maxBodyBytes: 30_000 } })
  const tab = await signedIn(cloud, device)
  await device.goOffline()
  const texts = Array.from({ length: 12 }, (_, index) => `${index} ${'y'.repeat(8_000)}`)
  for (const text of texts) await tab.chats.appendMessages('tides', [aMessage(text)])
  await device.goOnline()
  await tab.untilSynced()
  expect(cloud.uploads().some(({ status }) => status === 413)).toBe(true)
  expect(uploadedTexts(cloud)).toEqual(texts)
  expect((await syncOf(tab)).quarantinedCount).toBe(0)
})

test('catches up after the server was down for a while', async ({ cloud, device }) => {
  const tab = await signedIn(cloud, device)
  await tab.chats.appendMessages('tides', [aMessage('before')])
  await tab.untilSynced()
  await cloud.stop()
  await writeThree(tab)
  await expect.poll(async () => (await syncOf(tab)).state).toBe('waiting')
  await cloud.start()
  await tab.untilSynced()
  expect(uploadedTexts(cloud)).toEqual(['before', 'one', 'two', 'three'])
})

test('offers everything again to a server that was restored from a backup', async ({ cloud, device }) => {
  const tab = await signedIn(cloud, device)
  await tab.chats.appendMessages('tides', [aMessage('in the backup')])
  await tab.untilSynced()
  const restore = await cloud.backUp()
  await tab.chats.appendMessages('tides', [aMessage('after the backup')])
  await tab.untilSynced()
  await restore()
  expect(uploadedTexts(cloud)).toEqual(['in the backup'])
  await tab.chats.appendMessages('tides', [aMessage('after the restore')])
  await tab.untilSynced()
  expect(uploadedTexts(cloud)).toEqual(['in the backup', 'after the backup', 'after the restore'])
  expect(await tab.texts('tides')).toEqual(['in the backup', 'after the backup', 'after the restore'])
})
