import { expect, test } from 'vitest'
import { aBrowser, aCloud, type Browser } from '../../builders/cloud.ts'
import { aMessage, someMessages } from '../../builders/engine.ts'

async function write(
  browser: Browser,
  conversationId: string,
  texts: string[] = ['hello'],
  database?: string,
) {
  const service = await browser.service(database)
  return service.appendMessages({
    mutationId: browser.mutation(),
    projectId: 'p',
    conversationId,
    messages: texts.map((text, index) => aMessage(`${conversationId}-${index}`, text)),
  })
}

const listed = async (browser: Browser, database?: string) =>
  (await (await browser.service(database)).listConversations({ projectId: 'p' })).conversations
    .map(({ id }) => id)
    .sort()

async function settle(browser: Browser) {
  for (let round = 0; round < 20; round++) {
    const { dueAt, settled } = await browser.host.wake('focus')
    const { pendingCount } = await (await browser.service()).status({})
    if (settled && pendingCount === 0) return
    if (dueAt !== null) browser.clock.set(dueAt + 1)
  }
  throw new Error(`the queue did not empty: ${JSON.stringify(await (await browser.service()).status({}))}`)
}

test('what was written before the first sign-in belongs to the account, and reaches its other devices', async () => {
  const cloud = await aCloud()
  const phone = await aBrowser(cloud)
  await write(phone, 'before')
  const session = await phone.signIn('ann')
  expect(session).toMatchObject({ accountId: 'ann', adoptable: null })
  await write(phone, 'after')
  await settle(phone)

  const laptop = await aBrowser(cloud, { seed: 2 })
  await laptop.signIn('ann')
  await (await laptop.service()).createConversation({
    mutationId: laptop.mutation(),
    projectId: 'p',
    conversationId: 'own',
  })
  await settle(laptop)
  expect(await listed(laptop)).toEqual(['after', 'before', 'own'])
  const read = async (browser: Browser) =>
    (await (await browser.service()).loadMessages({ conversationId: 'before' })).messages
  expect(await read(laptop)).toEqual(await read(phone))
})

test('a page that still names the anonymous database is told where its conversations went', async () => {
  const cloud = await aCloud()
  const browser = await aBrowser(cloud)
  const { database } = await browser.session()
  await write(browser, 'c')
  await browser.signIn('ann')
  await expect(write(browser, 'late', ['late'], database)).rejects.toMatchObject({
    code: 'account/moved',
    retryable: true,
    details: { movedTo: (await browser.session()).database },
  })
  expect(await listed(browser)).toEqual(['c'])
  expect(await browser.storage.list()).not.toContain(database)
})

test('nothing of one account reaches another, and a queue waits for its account to return', async () => {
  const cloud = await aCloud()
  const browser = await aBrowser(cloud)
  await browser.signIn('ann')
  const ofAnn = (await browser.session()).database
  await write(browser, 'sent')
  await settle(browser)
  cloud.setReachable(false)
  await write(browser, 'unsent')
  await browser.signOut()
  await expect(listed(browser, ofAnn)).rejects.toMatchObject({ code: 'account/closed' })
  expect(await listed(browser)).toEqual([])

  cloud.setReachable(true)
  await browser.signIn('bob')
  await write(browser, 'of-bob')
  await settle(browser)
  expect(await listed(browser)).toEqual(['of-bob'])
  const other = await aBrowser(cloud, { seed: 2 })
  await other.signIn('ann')
  await write(other, 'elsewhere')
  await settle(other)
  expect(await listed(other)).toEqual(['elsewhere', 'sent'])

  await browser.signOut()
  await browser.signIn('ann')
  browser.clock.advance(600_000)
  await settle(browser)
  await settle(other)
  expect(await listed(other)).toEqual(['elsewhere', 'sent', 'unsent'])
  expect(await listed(browser)).toEqual(['elsewhere', 'sent', 'unsent'])
})

test('a browser that knew an account asks before it gives anonymous conversations to another', async () => {
  const cloud = await aCloud()
  const browser = await aBrowser(cloud)
  await browser.signIn('ann')
  await browser.signOut()
  await write(browser, 'anonymous')
  const asked = await browser.signIn('bob')
  expect(asked.adoptable).toMatchObject({ conversationCount: 1 })
  expect(await listed(browser)).toEqual([])
  const adopted = await browser.signIn('bob', true)
  expect(adopted.adoptable).toBeNull()
  expect(await listed(browser)).toEqual(['anonymous'])
})

test('adoption waits while an answer is being written, and goes on at a later wake-up', async () => {
  const cloud = await aCloud()
  const browser = await aBrowser(cloud)
  const { database } = await browser.session()
  await write(browser, 'c')
  const page = await browser.service(database)
  const draft = { projectId: 'p', conversationId: 'c', attemptId: 'attempt', owner: 'page' }
  const message = { id: 'answer', role: 'assistant', parts: [] }
  await page.checkpointDraft({ ...draft, message })
  await browser.signIn('ann')
  expect(await listed(browser)).toEqual([])
  await page.finishDraft({ ...draft, mutationId: browser.mutation(), message: { message } })
  await browser.host.wake('focus')
  const { messages } = await (await browser.service()).loadMessages({ conversationId: 'c' })
  expect(messages.map(({ id }) => id)).toEqual(['c-0', 'answer'])
})

test('a cloud that is configured later gets everything that was written without it', async () => {
  const cloud = await aCloud()
  const browser = await aBrowser(cloud)
  await browser.host.call({
    database: null,
    method: 'configureCloud',
    argument: { baseName: 'chats', cloud: null },
  })
  await browser.signIn('ann')
  await write(browser, 'local-only', ['one', 'two'])
  expect(await (await browser.service()).status({})).toMatchObject({ state: 'off', pendingCount: 0 })
  await browser.configure()
  await settle(browser)
  const other = await aBrowser(cloud, { seed: 2 })
  await other.signIn('ann')
  await write(other, 'x')
  await settle(other)
  expect(await listed(other)).toEqual(['local-only', 'x'])
})

test('a new device learns of projects that were made elsewhere', async () => {
  const cloud = await aCloud()
  const phone = await aBrowser(cloud)
  await phone.signIn('ann')
  await write(phone, 'c', ['hello'])
  await settle(phone)
  const laptop = await aBrowser(cloud, { seed: 2 })
  await laptop.signIn('ann')
  await settle(laptop)
  expect(await listed(laptop)).toEqual(['c'])
})

test('two devices that edit apart converge, and the value that did not win is kept', async () => {
  const cloud = await aCloud()
  const [phone, laptop] = [await aBrowser(cloud), await aBrowser(cloud, { seed: 2 })]
  await phone.signIn('ann')
  await write(phone, 'c', ['original'])
  await settle(phone)
  await laptop.signIn('ann')
  await settle(laptop)
  for (const [browser, text] of [
    [phone, 'from the phone'],
    [laptop, 'from the laptop'],
  ] as const) {
    const service = await browser.service()
    await service.editMessage({
      mutationId: browser.mutation(),
      conversationId: 'c',
      message: aMessage('c-0', text),
    })
  }
  for (const browser of [phone, laptop, phone, laptop]) await settle(browser)
  const read = async (browser: Browser) =>
    (await (await browser.service()).loadMessages({ conversationId: 'c' })).messages
  const onPhone = await read(phone)
  expect(onPhone).toEqual(await read(laptop))
  expect(onPhone[0]?.others).toHaveLength(1)
})

test('a restart finds the session, and removing everything leaves nothing', async () => {
  const cloud = await aCloud()
  const browser = await aBrowser(cloud)
  await browser.signIn('ann')
  const messages = someMessages(3)
  const service = await browser.service()
  await service.appendMessages({
    mutationId: browser.mutation(),
    projectId: 'p',
    conversationId: 'c',
    messages,
  })
  const before = await browser.session()
  await browser.host.close()
  const again = await aBrowser(cloud, { storage: browser.storage, seed: 3 })
  expect(await again.session()).toEqual(before)
  expect(await listed(again)).toEqual(['c'])
  await again.removeEverything()
  expect(await again.storage.list()).toEqual([])
})

test('whoever waits for a save to be synced goes on waiting over a sign-in', async () => {
  const cloud = await aCloud()
  const browser = await aBrowser(cloud)
  const service = await browser.service()
  const mutationId = browser.mutation()
  await service.appendMessages({ mutationId, projectId: 'p', conversationId: 'c', messages: [aMessage('m')] })
  await browser.signIn('ann')
  const pending = async () => (await (await browser.service()).isPending({ mutationId })).pending
  expect(await pending()).toBe(true)
  await settle(browser)
  expect(await pending()).toBe(false)
})

test('a database that another tab is just making is opened as its account’s', async () => {
  const cloud = await aCloud()
  const browser = await aBrowser(cloud)
  const { database } = await browser.signIn('ann')
  await browser.host.close()
  const halfMade = await browser.storage.open(database)
  await halfMade.write(['settings'], 'strict', (tx) => tx.delete('settings', 'home'))
  await halfMade.close()
  const again = await aBrowser(cloud, { storage: browser.storage, seed: 3 })
  again.cookies.accountId = 'ann'
  await write(again, 'c')
  await settle(again)
  expect(await (await again.service()).status({})).toMatchObject({ state: 'idle', pendingCount: 0 })
  expect((await again.storage.list()).filter((name) => name.endsWith(':registry'))).toEqual([
    'chats:registry',
  ])
})

test('a database that no registry lists is not served, and gets no registry', async () => {
  const cloud = await aCloud()
  const browser = await aBrowser(cloud)
  await browser.session()
  const stranger = await browser.storage.open('stranger')
  await stranger.close()
  const before = await browser.storage.list()
  for (const name of ['chats:registry', 'stranger', 'chats:account-nobody']) {
    await expect(write(browser, 'c', ['x'], name)).rejects.toMatchObject({ code: 'account/removed' })
  }
  expect(await browser.storage.list()).toEqual(before)
})

test('deletes an account from this device when it signs out for good, and has it back from the cloud', async () => {
  const cloud = await aCloud()
  const browser = await aBrowser(cloud)
  const { database } = await browser.signIn('anna')
  const service = await browser.service()
  const say = async (id: string) =>
    service.appendMessages({
      mutationId: browser.mutation(),
      projectId: 'p',
      conversationId: 'c',
      messages: [aMessage(id)],
    })
  await say('synced')
  await service.syncNow({})
  cloud.setReachable(false)
  await say('not synced')
  const session = await browser.signOut({ remove: true })
  expect(session.accountId).toBeNull()
  expect(await browser.storage.list()).not.toContain(database)
  await expect(service.listConversations({ projectId: 'p' })).rejects.toMatchObject({
    code: 'account/removed',
  })

  cloud.setReachable(true)
  await browser.signIn('anna')
  const again = await browser.service()
  await again.wake({ reason: 'poke', projectId: 'p' })
  const { messages } = await again.loadMessages({ conversationId: 'c' })
  expect(messages.map(({ id }) => id)).toEqual(['synced'])
  await cloud.close()
})
