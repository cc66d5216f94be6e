// A cloud on another origin, entered with a bearer token that only a live page can give: nothing of it is ever stored.
import { type Cloud, UPLOADS } from './harness/cloud.ts'
import { aMessage } from './harness/messages.ts'
import { messagesIn } from './harness/server-log.ts'
import { everythingStored } from './harness/stored.ts'
import { openTab, type TabOptions } from './harness/tab.ts'
import { test as base, expect } from './harness/test.ts'

type Remote = {
  readonly api: Cloud
  /** How a page of the app comes in with a token. */
  readonly optionsWith: (token: string) => TabOptions
  readonly accountId: string
  readonly token: string
}

/** An app whose pages come from one server and whose cloud is another one, with an account there. */
const test = base.extend<{ readonly app: Cloud; readonly remote: Remote }>({
  app: async ({ startCloud }, use) => {
    const app = await startCloud()
    // An app that talks to another origin says so in its policy, also in the worker's.
    app.front.overrideHeader('Content-Security-Policy', "default-src 'self'; connect-src *; img-src data:")
    await use(app)
  },
  remote: async ({ app, startCloud, device }, use) => {
    const api = await startCloud({ allowedOrigins: [app.url, await device.addressOf(app.url)] })
    const url = await device.addressOf(api.api)
    const signedUp = await fetch(`${api.url}/api/auth/sign-up/email`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Origin: app.url },
      body: JSON.stringify({
        email: 'ada@example.com',
        password: 'correct horse battery staple',
        name: 'Ada',
      }),
    })
    const token = signedUp.headers.get('set-auth-token') ?? ''
    const session = await fetch(`${api.api}/session`, { headers: { Authorization: `Bearer ${token}` } })
    const { accountId } = (await session.json()) as { accountId: string }
    await use({ api, accountId, token, optionsWith: (token) => ({ cloud: { url, token } }) })
  },
})

test('syncs with a bearer token and without cookies', async ({ app, remote, device }) => {
  const tab = await device.openTab(app.url, remote.optionsWith(remote.token))
  await tab.chats.setAccount(remote.accountId)
  await tab.chats.appendMessages('tides', [aMessage('across origins')])
  await tab.untilSynced()
  expect(messagesIn(remote.api.log()).map(({ text }) => text)).toEqual(['across origins'])
  const asked = remote.api.front.requests.filter(
    ({ method, path }) => method !== 'OPTIONS' && /chat\//.test(path),
  )
  expect(asked.length).toBeGreaterThan(0)
  for (const { headers } of asked.slice(1)) {
    expect(headers.authorization).toBe(`Bearer ${remote.token}`)
    expect(headers.cookie).toBe(undefined)
  }
})

test('waits for a page that can give the token, and stores none', { tag: '@chromium' }, async ({
  app,
  remote,
  openPersistentDevice,
}) => {
  const device = await openPersistentDevice()
  const tab = await device.openTab(app.url, remote.optionsWith(remote.token))
  await tab.chats.setAccount(remote.accountId)
  await tab.chats.appendMessages('tides', [aMessage('with a page')])
  await tab.untilSynced()
  await device.goOffline()
  await tab.chats.appendMessages('tides', [aMessage('the page was closed')])
  await expect.poll(async () => (await tab.status()).sync.lastError?.code).toBe('sync/offline')
  await tab.close()
  await device.goOnline()
  await device.stopWorkers() // It forgets the token that it had.
  const before = remote.api.front.requests.length
  await device.dispatchSync(app.url)

  const without = await openTab(await device.context.newPage(), app.url, remote.optionsWith(''))
  await expect.poll(async () => (await without.status()).sync.state).toBe('waiting-for-page')
  expect(remote.api.front.requests.slice(before).filter(({ method }) => method === 'POST')).toEqual([])
  expect(await without.texts('tides')).toEqual(['with a page', 'the page was closed'])
  const stored = await everythingStored(without.page)
  expect(stored).toContain('the page was closed')
  expect(stored).not.toContain(remote.token)
  await without.close()

  const again = await device.openTab(app.url, remote.optionsWith(remote.token))
  await again.untilSynced()
  expect(messagesIn(remote.api.log()).map(({ text }) => text)).toEqual(['with a page', 'the page was closed'])
})

test('parks when the session ends in the middle of a drain, and the next token sends the rest once', async ({
  app,
  remote,
  device,
}) => {
  const tab = await device.openTab(app.url, remote.optionsWith(remote.token))
  await tab.chats.setAccount(remote.accountId)
  await tab.untilSynced()
  await device.goOffline()
  const texts = Array.from({ length: 250 }, (_, index) => `message ${index}`)
  await tab.chats.appendMessages(
    'tides',
    texts.map((text) => aMessage(text)),
  )
  // The first batch goes through; the session ends before the device knows.
  const first = remote.api.front.holdAnswers({ ...UPLOADS, times: 1 })
  await device.goOnline()
  await expect.poll(() => messagesIn(remote.api.log()).length).toBeGreaterThan(0)
  const json = { 'Content-Type': 'application/json' }
  const out = await fetch(`${remote.api.url}/api/auth/sign-out`, {
    method: 'POST',
    headers: { ...json, Authorization: `Bearer ${remote.token}` },
    body: '{}',
  })
  expect(out.status).toBe(200)
  first.release()
  await expect.poll(async () => (await tab.status()).sync.state).toBe('signed-out')
  expect(messagesIn(remote.api.log()).length).toBeLessThan(texts.length)
  expect((await tab.status()).sync.pendingCount).toBeGreaterThan(0)
  await tab.close()

  const signedIn = await fetch(`${remote.api.url}/api/auth/sign-in/email`, {
    method: 'POST',
    headers: json,
    body: JSON.stringify({ email: 'ada@example.com', password: 'correct horse battery staple' }),
  })
  const token = signedIn.headers.get('set-auth-token') ?? ''
  const again = await device.openTab(app.url, remote.optionsWith(token))
  await again.untilSynced()
  expect(messagesIn(remote.api.log()).map(({ text }) => text)).toEqual(texts)
})
