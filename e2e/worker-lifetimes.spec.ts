// A worker lives about 30 s without work, and an attached debugger keeps it alive. So these browsers are started on an address
// and left alone: the pages ask the test what to do and tell it what came of it.
import { API_BASE } from '../src/domain/wire.ts'
import { type Cloud, UPLOADS } from './harness/cloud.ts'
import { aMessage } from './harness/messages.ts'
import { startPlainBrowser } from './harness/plain-browser.ts'
import { type SelfDrivenPage, serveSelfDriven } from './harness/self-driven.ts'
import { messagesIn } from './harness/server-log.ts'
import { expect, test } from './harness/test.ts'

const WITHOUT_DRIVER = { tag: '@no-webkit' }
/** Longer than Chromium and Firefox keep a worker that has nothing to do. */
const LONG_WAIT_S = 36

const uploadedTexts = (cloud: Cloud) => messagesIn(cloud.log()).map(({ text }) => text)

test(
  'delivers what a closed tab left in the queue, with no tab left',
  WITHOUT_DRIVER,
  async ({ cloud, engine }) => {
    const pages = serveSelfDriven(cloud)
    await using _browser = await startPlainBrowser(engine, pages.emptyAddressOf('start'))
    const writer = pages.page('writer')
    await openWindow(pages.page('start'), pages.addressOf('writer'))
    await signUp(writer)
    const held = cloud.front.holdRequests(UPLOADS)
    const arrived = held.next()
    await append(writer, 'written, then the tab was closed')
    await arrived
    await closeWindow(writer)
    expect(uploadedTexts(cloud)).toEqual([])
    held.release()
    await expect.poll(() => uploadedTexts(cloud)).toEqual(['written, then the tab was closed'])
  },
)

test(
  'delivers at the next visit what a tab left in a backoff when it was closed',
  WITHOUT_DRIVER,
  async ({ cloud, engine }) => {
    const pages = serveSelfDriven(cloud)
    await using _browser = await startPlainBrowser(engine, pages.emptyAddressOf('start'))
    const [start, writer, next] = [pages.page('start'), pages.page('writer'), pages.page('next')]
    await openWindow(start, pages.addressOf('writer'))
    await signUp(writer)
    const failing = cloud.front.answer(UPLOADS, { status: 503 })
    const refused = failing.next()
    await append(writer, 'written, then the tab was closed')
    await refused
    await closeWindow(writer)
    failing.end()
    await openWindow(start, pages.addressOf('next'))
    await expect.poll(() => uploadedTexts(cloud)).toEqual(['written, then the tab was closed'])
    await expect.poll(() => pendingCount(next)).toBe(0)
  },
)

test('delivers after a backoff that outlasts the worker', WITHOUT_DRIVER, async ({ cloud, engine }) => {
  test.slow() // It takes as long as a worker lives.
  const pages = serveSelfDriven(cloud)
  await using _browser = await startPlainBrowser(engine, pages.addressOf('writer'))
  const writer = pages.page('writer')
  await signUp(writer)
  await expect.poll(() => pages.workerStarts()).toBeGreaterThan(0)
  const refusing = cloud.front.answer(
    { ...UPLOADS, times: 1 },
    { status: 503, headers: { 'Retry-After': String(LONG_WAIT_S) } },
  )
  const refused = refusing.next()
  await append(writer, 'waits longer than its worker lives')
  await refused
  const startsBefore = pages.workerStarts()
  await expect
    .poll(() => uploadedTexts(cloud), { timeout: 2_000 * LONG_WAIT_S })
    .toEqual(['waits longer than its worker lives'])
  const [first, second] = cloud.uploads()
  expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThanOrEqual(LONG_WAIT_S * 1_000 - 10)
  expect(pages.workerStarts(), 'the worker died and was started again').toBeGreaterThan(startsBefore)
})

const openWindow = (page: SelfDrivenPage, address: string) =>
  page.evaluate((address) => void window.open(address), address)

async function closeWindow(page: SelfDrivenPage): Promise<void> {
  await page.evaluate(() => void setTimeout(() => window.close()), null)
  await page.gone()
}

const append = (page: SelfDrivenPage, text: string) =>
  page.evaluate(async (message) => {
    const client = await window.chatkeepPage.client
    await client.appendMessages('tides', [message])
  }, aMessage(text))

const pendingCount = (page: SelfDrivenPage) =>
  page.evaluate(async () => (await window.chatkeepPage.client).status.sync.pendingCount, null)

async function signUp(page: SelfDrivenPage): Promise<void> {
  const rung = await page.evaluate(async (api) => {
    const body = JSON.stringify({ email: 'ada@example.com', password: 'correct horse battery', name: 'Ada' })
    const headers = { 'Content-Type': 'application/json' }
    const answer = await fetch('/api/auth/sign-up/email', { method: 'POST', headers, body })
    if (!answer.ok) throw new Error(`POST sign-up: ${answer.status}`)
    const { accountId } = await (await fetch(`${api}/session`)).json()
    const client = await window.chatkeepPage.client
    await client.setAccount(accountId)
    return client.status.rung
  }, API_BASE)
  expect(rung).toBe('worker+indexeddb')
}
