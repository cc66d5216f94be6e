// Promise 5: one account never sees another's conversations, on the device or in the cloud.
import type { Page } from '@playwright/test'
import { signIn, signOut, signUp } from './harness/accounts.ts'
import { type Cloud, UPLOADS } from './harness/cloud.ts'
import { conversationSets } from './harness/conversations.ts'
import type { Device } from './harness/device.ts'
import { aMessage, someMessages } from './harness/messages.ts'
import { aMessageOperation, aPost, aPurgeOperation } from './harness/operations.ts'
import { ask } from './harness/requests.ts'
import { messagesIn } from './harness/server-log.ts'
import type { Tab } from './harness/tab.ts'
import { expect, test } from './harness/test.ts'

const ADA = 'ada@example.com'
const BOB = 'bob@example.com'

test('keeps what Ada has not sent from Bob, who signs in from another tab, and sends it when she returns', async ({
  cloud,
  device,
}) => {
  const [first, second] = await twoTabs(device, cloud)
  const ada = await signUp(first, ADA)
  await untilAccount(second, ada.accountId)
  const outage = cloud.front.answer(UPLOADS, { status: 503 })
  await first.chats.appendMessages('letters', [aMessage('only for Ada')])
  await first.chats.saveComposer('letters', 'a word that Ada has not sent')
  await expect.poll(() => pendingIn(first)).toBeGreaterThan(0)

  const bob = await signUp(second, BOB)
  await untilAccount(first, bob.accountId)
  for (const tab of [first, second]) {
    expect(await tab.titles()).toEqual([])
    expect(await tab.chats.getConversation('letters')).toBeNull()
    expect(await tab.chats.loadComposer('letters')).toBe('')
    expect(await pendingIn(tab)).toBe(0)
  }
  outage.end()
  await second.chats.appendMessages('notes', [aMessage('only for Bob')])
  await second.chats.syncNow()
  await expect.poll(() => pendingIn(second)).toBe(0)
  expect(textsIn(cloud)).toEqual(['only for Bob'])
  expect(await isSynced(first), 'what Ada wrote').toBe(false)

  await signIn(first, ADA)
  await untilAccount(second, ada.accountId)
  await first.untilSynced()
  for (const tab of [first, second]) {
    expect(await tab.texts('letters')).toEqual(['only for Ada'])
    expect(await tab.chats.getConversation('notes')).toBeNull()
  }
  expect(await first.chats.loadComposer('letters')).toBe('a word that Ada has not sent')
  expect(textsIn(cloud)).toEqual(['only for Ada', 'only for Bob'])
  expect(spacesOf(cloud, 'only for Ada')).not.toEqual(spacesOf(cloud, 'only for Bob'))
  expect(uploadsUnder(cloud, ada.accountId)).not.toContain('only for Bob')
  expect(uploadsUnder(cloud, bob.accountId)).not.toContain('only for Ada')
})

test('keeps what Ada has not sent over her signing out', async ({ cloud, device }) => {
  const [first, second] = await twoTabs(device, cloud)
  const ada = await signUp(first, ADA)
  await untilAccount(second, ada.accountId)
  const outage = cloud.front.answer(UPLOADS, { status: 503 })
  await first.chats.appendMessages('letters', [aMessage('only for Ada')])
  await signOut(first)
  await untilAccount(second, null)
  outage.end()
  for (const tab of [first, second]) expect(await tab.titles()).toEqual([])
  expect((await first.status()).sync.state).toBe('signed-out')

  const bob = await signUp(second, BOB)
  await untilAccount(first, bob.accountId)
  await second.chats.appendMessages('letters', [aMessage('only for Bob')])
  await second.untilSynced()
  expect(await first.texts('letters')).toEqual(['only for Bob'])
  expect(textsIn(cloud)).toEqual(['only for Bob'])

  await signIn(second, ADA)
  await untilAccount(first, ada.accountId)
  await first.untilSynced()
  for (const tab of [first, second]) expect(await tab.texts('letters')).toEqual(['only for Ada'])
  expect(textsIn(cloud)).toEqual(['only for Ada', 'only for Bob'])
  expect(spacesOf(cloud, 'only for Ada')).not.toEqual(spacesOf(cloud, 'only for Bob'))
})

test('sends nothing of Ada when only the cookie became Bob’s', { tag: '@chromium' }, async ({
  cloud,
  device,
  openDevice,
}) => {
  const tab = await device.openTab(cloud.url)
  await signUp(tab, ADA)
  const elsewhere = await openDevice()
  await signUp(await elsewhere.openTab(cloud.url), BOB)
  await device.context.clearCookies()
  await device.context.addCookies(await elsewhere.context.cookies())
  await tab.chats.appendMessages('letters', [aMessage('only for Ada')])
  await expect.poll(async () => (await tab.status()).sync.lastError?.code).toBe('sync/wrong-account')
  expect((await tab.status()).sync.state).toBe('signed-out')
  expect(await pendingIn(tab)).toBeGreaterThan(0)
  expect(textsIn(cloud)).toEqual([])

  await signIn(tab, ADA)
  await tab.untilSynced()
  expect(textsIn(cloud)).toEqual(['only for Ada'])
})

test('gives a new account what was written before signing up, and both tabs follow', async ({
  cloud,
  device,
}) => {
  const [first, second] = await twoTabs(device, cloud)
  await first.chats.appendMessages('letters', [aMessage('written by nobody yet')])
  await second.chats.appendMessages('notes', [aMessage('in the other tab')])
  await second.chats.renameConversation('notes', 'A name of its own')
  await second.chats.saveComposer('notes', 'not sent yet')
  const before = await databases(first.page)

  const ada = await signUp(first, ADA)
  await untilAccount(second, ada.accountId)
  for (const tab of [first, second]) {
    await tab.untilSynced()
    expect(await tab.texts('letters')).toEqual(['written by nobody yet'])
    expect(await tab.texts('notes')).toEqual(['in the other tab'])
    expect(await tab.chats.getConversation('notes')).toMatchObject({ title: 'A name of its own' })
    expect(await tab.chats.loadComposer('notes')).toBe('not sent yet')
  }
  await second.chats.appendMessages('notes', [aMessage('and on')])
  await second.untilSynced()
  expect(textsIn(cloud)).toEqual(['and on', 'in the other tab', 'written by nobody yet'])
  const after = await databases(first.page)
  expect(before).toContain('leanspec-chat-v1')
  expect(after).not.toContain('leanspec-chat-v1')
  expect(after).toContain(`leanspec-chat-v1:account-${ada.accountId}`)
})

test('gives what nobody’s session wrote to a second account only when asked', async ({ cloud, device }) => {
  const tab = await device.openTab(cloud.url)
  await signUp(tab, ADA)
  await signOut(tab)
  await tab.chats.appendMessages('draft', [aMessage('whose is this?')])
  const bob = await signUp(tab, BOB)
  expect(await tab.titles()).toEqual([])
  await tab.chats.syncNow()
  expect(textsIn(cloud)).toEqual([])

  await tab.chats.setAccount(bob.accountId, { adopt: true })
  expect(await tab.texts('draft')).toEqual(['whose is this?'])
  await expect.poll(() => textsIn(cloud)).toEqual(['whose is this?'])
  await signIn(tab, ADA)
  await tab.chats.syncNow()
  expect(await tab.titles()).toEqual([])
})

test('answers Bob 404 for Ada’s conversation on every route', async ({ cloud, openDevice }) => {
  const { ada, bob } = await twoPeople(cloud, openDevice)
  await ada.chats.appendMessages('letters', [aMessage('only for Ada')], { projectId: 'diary' })
  await ada.untilSynced()
  const own = await ask(ada.page, 'GET', '/conversations/letters')
  expect(own.status).toBe(200)
  const delta = await ask(ada.page, 'GET', '/conversations?projectId=diary&cursor=0')
  const { cursor } = delta.body as { cursor: string }
  const etag = own.headers.etag ?? ''

  for (const query of ['', '?projectId=diary', '?cursor=0', `?cursor=${cursor}`, '?limit=1&before=x']) {
    const answer = await ask(bob.page, 'GET', `/conversations/letters${query}`)
    expect([query, answer.status], query).toEqual([query, 404])
    expect(answer.headers['content-type']).toBe('application/problem+json')
    expect(answer.body).toMatchObject({ code: 'input/not-found' })
  }
  const known = { headers: { 'If-None-Match': etag } }
  expect((await ask(bob.page, 'GET', '/conversations/letters', known)).status).toBe(404)
  expect((await ask(bob.page, 'DELETE', '/conversations/letters')).status).toBe(204)
  const deletion = { headers: { 'If-Match': etag } }
  expect((await ask(bob.page, 'DELETE', '/conversations/letters?projectId=diary', deletion)).status).toBe(204)

  const list = await ask(bob.page, 'GET', '/conversations?projectId=diary')
  expect(list).toMatchObject({ status: 200, body: { conversations: [] } })
  const changes = await ask(bob.page, 'GET', '/conversations?projectId=diary&cursor=0')
  expect(changes).toMatchObject({ status: 200, body: { operations: [], purges: [], more: false } })
  const elsewhere = await ask(bob.page, 'GET', `/conversations?projectId=diary&cursor=${cursor}`)
  expect(elsewhere).toMatchObject({ status: 410, body: { code: 'sync/gone' } })
  const projects = await ask(bob.page, 'GET', '/projects')
  expect(JSON.stringify(projects.body)).not.toContain('diary')

  expect(await ask(ada.page, 'GET', '/conversations/letters')).toMatchObject({ status: 200, body: own.body })
  expect(textsIn(cloud)).toEqual(['only for Ada'])
})

test('puts what Bob sends under the ids of Ada’s conversation into his own space only', async ({
  cloud,
  openDevice,
}) => {
  const { ada, bob } = await twoPeople(cloud, openDevice)
  await ada.chats.appendMessages('letters', [aMessage('only for Ada')], { projectId: 'diary' })
  await ada.untilSynced()
  const own = await ask(ada.page, 'GET', '/conversations/letters')
  const [row] = cloud.log().filter(({ register }) => register.startsWith('message:'))
  const messageId = row?.register.slice('message:'.length) ?? ''

  const overwriting = aMessageOperation('letters', messageId, 'Bob was here', {
    overwrites: [row?.id as never],
    stamp: 2 ** 51,
  })
  const sent = await ask(bob.page, 'POST', '/conversations', {
    body: aPost('diary', 'letters', [overwriting, aPurgeOperation('letters', [row?.id ?? ''])]),
  })
  expect(sent).toMatchObject({ status: 200, body: { rejected: [] } })
  const etag = own.headers.etag ?? ''
  const stale = await ask(bob.page, 'POST', '/conversations', {
    headers: { 'If-Match': etag },
    body: { projectId: 'diary', id: 'letters', messages: [aMessage('Bob again')] },
  })
  expect(stale.status).toBe(412)
  expect(JSON.stringify(stale.body)).not.toContain('only for Ada')
  const plain = await ask(bob.page, 'POST', '/conversations', {
    body: { projectId: 'diary', id: 'letters', messages: [aMessage('Bob at last')] },
  })
  expect(plain.status).toBe(200)
  expect(JSON.stringify(plain.body)).not.toContain('only for Ada')
  expect((await ask(bob.page, 'DELETE', '/conversations/letters')).status).toBe(204)

  expect(await ask(ada.page, 'GET', '/conversations/letters')).toMatchObject({
    status: 200,
    headers: { etag },
    body: own.body,
  })
  expect(spacesOf(cloud, 'only for Ada')).toEqual([row?.space])
  const others = cloud.log().filter(({ space }) => space !== row?.space)
  expect(others.map(({ conversationId }) => conversationId)).toContain('letters')
  await ada.chats.syncNow()
  expect(await ada.texts('letters')).toEqual(['only for Ada'])
})

test('pokes Bob only for what changed in his own project of the same name', async ({ cloud, openDevice }) => {
  const { ada, bob } = await twoPeople(cloud, openDevice)
  await ask(bob.page, 'POST', '/conversations', {
    body: aPost('diary', 'notes', [aMessageOperation('notes', 'm1', 'one')]),
  })
  await collectPokes(bob.page, 'diary')
  const epoch = async () => {
    const { body } = await ask(bob.page, 'GET', '/conversations?projectId=diary&cursor=0')
    return (body as { cursor: string }).cursor
  }
  await expect.poll(() => pokesIn(bob.page)).toEqual([await epoch()])
  await ada.chats.appendMessages('letters', [aMessage('only for Ada')], { projectId: 'diary' })
  await ada.untilSynced()
  const first = await epoch()
  await ask(bob.page, 'POST', '/conversations', {
    body: aPost('diary', 'notes', [aMessageOperation('notes', 'm2', 'two')]),
  })
  await expect.poll(() => pokesIn(bob.page)).toEqual([first, await epoch()])
})

test('refuses a request whose account header is not the session’s', { tag: '@chromium' }, async ({
  cloud,
  openDevice,
}) => {
  const { ada, bob, adaId, bobId } = await twoPeople(cloud, openDevice)
  await ada.chats.appendMessages('letters', [aMessage('only for Ada')])
  await ada.untilSynced()
  const body = aPost('default', 'letters', [aMessageOperation('letters', 'm1', 'Bob was here')])
  const requests = [
    ['GET', '/conversations?projectId=default'],
    ['GET', '/conversations?projectId=default&cursor=0'],
    ['GET', '/conversations/letters'],
    ['DELETE', '/conversations/letters'],
    ['POST', '/conversations', body],
    ['POST', '/conversations', { projectId: 'default', id: 'letters', messages: [aMessage('plain')] }],
    ['GET', '/events?projectId=default'],
    ['GET', '/projects'],
  ] as const
  const log = cloud.log()
  for (const [method, path, body] of requests) {
    const sent = body === undefined ? {} : { body }
    for (const account of [adaId, null, '', `${bobId}, ${adaId}`, 'nobody']) {
      const answer = await ask(bob.page, method, path, { ...sent, account })
      expect([method, path, account, answer.status]).toEqual([method, path, account, 401])
      expect(answer.body).toMatchObject({ code: 'sync/wrong-account' })
    }
  }
  await bob.page.context().clearCookies()
  for (const [method, path, body] of requests) {
    const answer = await ask(bob.page, method, path, {
      account: adaId,
      ...(body === undefined ? {} : { body }),
    })
    expect([method, path, answer.status]).toEqual([method, path, 401])
    expect(answer.body).toMatchObject({ code: 'sync/auth-required' })
  }
  expect(cloud.log()).toEqual(log)
})

test('shows everything on a second profile that signs in, as it was written', async ({
  cloud,
  openDevice,
}) => {
  const sets = conversationSets().filter(({ name }) => name.startsWith('samples '))
  const conversations = sets.flatMap(({ conversations }) => conversations).slice(0, 40)
  const file = '/conversations-of-this-test.json'
  cloud.front.answer(
    { path: /conversations-of-this-test/ },
    { status: 200, body: JSON.stringify(conversations) },
  )
  const desk = await (await openDevice()).openTab(cloud.url)
  const importing = await desk.page.evaluate(
    (address) => window.chatkeepPage.importFrom(address, { messagesPerCall: 500 }),
    file,
  )
  expect(importing).toMatchObject({ ok: true, value: { imported: conversations.length } })
  const [first] = conversations
  await desk.chats.appendMessages('today', someMessages(3))
  await desk.chats.renameConversation(first?.id ?? '', 'Renamed on the desk')
  await desk.chats.addTag('today', 'kept')
  await desk.chats.pinConversation('today')
  await signUp(desk, ADA)
  await desk.untilSynced()

  const sofa = await (await openDevice()).openTab(cloud.url)
  await signIn(sofa, ADA)
  const listed = async (tab: Tab) => {
    const { conversations } = await tab.chats.listConversations({ limit: 500 })
    return conversations.map(
      ({ revision: _, syncState: __, ...metadata }: Record<string, unknown>) => metadata,
    )
  }
  const wanted = await listed(desk)
  expect(wanted).toHaveLength(conversations.length + 1)
  await expect.poll(() => listed(sofa)).toEqual(wanted)
  const found = await sofa.page.evaluate((address) => window.chatkeepPage.readBack(address), file)
  expect(found).toMatchObject({ ok: true, value: { differences: [] } })
  expect(await sofa.chats.loadMessages('today')).toMatchObject({
    messages: (await desk.chats.loadMessages('today')).messages.map(({ message }) => ({ message })),
  })
})

async function twoTabs(device: Device, cloud: Cloud): Promise<readonly [Tab, Tab]> {
  return [await device.openTab(cloud.url), await device.openTab(cloud.url)]
}

async function twoPeople(cloud: Cloud, openDevice: () => Promise<Device>) {
  const ada = await (await openDevice()).openTab(cloud.url)
  const bob = await (await openDevice()).openTab(cloud.url)
  const { accountId: adaId } = await signUp(ada, ADA)
  const { accountId: bobId } = await signUp(bob, BOB)
  return { ada, bob, adaId, bobId }
}

const pendingIn = async (tab: Tab) => (await tab.status()).sync.pendingCount

const untilAccount = (tab: Tab, accountId: string | null) =>
  expect.poll(async () => (await tab.status()).accountId).toBe(accountId)

/** Texts of all spaces, sorted: the spaces' order means nothing. */
const textsIn = (cloud: Cloud) =>
  messagesIn(cloud.log())
    .map(({ text }) => text)
    .sort()

const spacesOf = (cloud: Cloud, text: string) =>
  cloud.log().flatMap((row) => (JSON.stringify(row.value).includes(text) ? [row.space] : []))

/** Everything that was sent in the name of an account. */
const uploadsUnder = (cloud: Cloud, accountId: string) =>
  cloud.front.requests
    .filter(({ headers }) => headers['x-chatkeep-account'] === accountId)
    .map(({ body }) => body)
    .join('\n')

/** Whether everything that this page saved has been shown back, after its promises had every chance to say so. */
const isSynced = (tab: Tab) =>
  tab.page.evaluate(async () => {
    let isOver = false
    void window.chatkeepPage.allSynced().then(() => {
      isOver = true
    })
    const client = await window.chatkeepPage.client
    for (let round = 0; round < 5; round++) await client.syncNow()
    return isOver
  })

/** Those that somebody made: WebKit lists one that was only looked for as version 0. */
const databases = (page: Page) =>
  page.evaluate(async () => {
    const made = (await indexedDB.databases()).filter(({ version }) => version !== 0)
    return made.map(({ name }) => name ?? '')
  })

async function collectPokes(page: Page, projectId: string): Promise<void> {
  await page.evaluate(async (projectId) => {
    const { accountId } = await (await fetch('/api/v1/chat/session')).json()
    const headers = { 'X-Chatkeep-Account': accountId }
    const answer = await fetch(`/api/v1/chat/events?projectId=${projectId}`, { headers })
    const pokes: string[] = []
    Object.assign(window, { pokes })
    const read = async () => {
      const decoder = new TextDecoderStream() as unknown as ReadableWritablePair<string, Uint8Array>
      const reader = answer.body?.pipeThrough(decoder).getReader()
      for (let chunk = await reader?.read(); chunk && !chunk.done; chunk = await reader?.read()) {
        for (const [, cursor] of chunk.value.matchAll(/"cursor":"([^"]+)"/g)) pokes.push(cursor ?? '')
      }
    }
    void read().catch(() => {}) // Ends with the page.
  }, projectId)
}

const pokesIn = (page: Page) => page.evaluate(() => (window as unknown as { pokes: string[] }).pokes)
