import { expect, test } from 'vitest'
import { ChatkeepError } from '../../../src/domain/errors.ts'
import type { StorageFactory } from '../../../src/ports/storage.ts'
import { createMemoryStorage } from '../../../src/storage/memory.ts'
import { aBrowser, aCloud, type Browser } from '../../builders/cloud.ts'
import { aMessage } from '../../builders/engine.ts'

const place = (conversationId: string) => ({ projectId: 'p', conversationId })

async function write(browser: Browser, conversationId: string, database?: string) {
  const service = await browser.service(database)
  const command = { ...place(conversationId), mutationId: browser.mutation() }
  return service.appendMessages({ ...command, messages: [aMessage(conversationId)] })
}

async function startAnswer(browser: Browser, database?: string) {
  const service = await browser.service(database)
  const message = { id: 'answer', role: 'assistant', parts: [{ type: 'text', text: 'Hel' }] }
  return service.checkpointDraft({ ...place('c'), attemptId: 'attempt', owner: 'a page that died', message })
}

const listed = async (browser: Browser, database?: string) =>
  (await (await browser.service(database)).listConversations({ projectId: 'p' })).conversations
    .map(({ id }) => id)
    .sort()

test('an answer whose writer died holds up no adoption: it is recovered, and all of it moves', async () => {
  const browser = await aBrowser(await aCloud())
  await write(browser, 'c')
  await startAnswer(browser)
  await browser.signIn('ann')
  expect(await listed(browser)).toEqual([])
  const { dueAt } = await browser.host.wake('focus')
  expect(dueAt).toBe(browser.clock.now() + 15_001)
  browser.clock.set(dueAt ?? 0)
  await browser.host.wake('timer')
  const { messages } = await (await browser.service()).loadMessages({ conversationId: 'c' })
  expect(messages.map(({ id, status }) => [id, status])).toEqual([
    ['c', 'complete'],
    ['answer', 'interrupted'],
  ])
})

test('conversations that wait to move into an account are nobody’s session after its sign-out', async () => {
  const browser = await aBrowser(await aCloud())
  await write(browser, 'c')
  await startAnswer(browser)
  await browser.signIn('ann')
  const { database } = await browser.signOut()
  expect(database).not.toBe('chats')
  await write(browser, 'of-nobody')
  browser.clock.advance(20_000)
  await browser.host.wake('timer')
  expect(await listed(browser)).toEqual(['of-nobody'])
  await browser.signIn('ann', false)
  expect(await listed(browser)).toEqual(['c'])
})

/** A storage that refuses to open one database while `refused` names it. */
function aRefusingStorage() {
  const memory = createMemoryStorage()
  const refusal = { name: '' }
  const storage: StorageFactory = {
    ...memory,
    async open(name, options) {
      if (name === refusal.name)
        throw new ChatkeepError('storage/blocked', 'Another tab holds it.', { retryable: true })
      return memory.open(name, options)
    },
  }
  return { storage, refusal }
}

test('a database that cannot be opened for a moment is not taken for one that moved already', async () => {
  const cloud = await aCloud()
  const { storage, refusal } = aRefusingStorage()
  const first = await aBrowser(cloud, { storage })
  await write(first, 'c')
  await first.host.close()
  const browser = await aBrowser(cloud, { storage, seed: 2 })
  await browser.host.close()
  refusal.name = 'chats'
  const session = await browser.signIn('ann')
  expect(session.accountId).toBe('ann')
  expect(await listed(browser)).toEqual([])
  refusal.name = ''
  await browser.host.wake('focus')
  expect(await listed(browser)).toEqual(['c'])
})

test('chats that cannot be opened now keep no others on the device from being woken', async () => {
  const { storage, refusal } = aRefusingStorage()
  const browser = await aBrowser(await aCloud(), { storage })
  await write(browser, 'c')
  const ask = (method: string, argument: object) =>
    browser.host.call({ database: null, method, argument: { baseName: 'notes', ...argument } })
  await ask('configureCloud', { cloud: { url: 'https://cloud.test/api/v1/chat', credentials: 'cookies' } })
  browser.cookies.accountId = 'ann'
  const { database } = (await ask('signedIn', { accountId: 'ann' })) as { database: string }
  await write(browser, 'd', database)
  await browser.host.close()
  refusal.name = 'chats'
  const woken = await browser.host.wake('sync')
  expect(woken).toEqual({ dueAt: browser.clock.now() + 30_000, settled: false })
  const { pendingCount } = await (await browser.service(database)).status({})
  expect(pendingCount).toBe(0)
})

test('an account’s database that the browser evicted while conversations were to move into it is made anew', async () => {
  const browser = await aBrowser(await aCloud())
  await write(browser, 'c')
  await startAnswer(browser)
  const { database } = await browser.signIn('ann')
  await browser.host.close()
  await browser.storage.remove(database)
  browser.clock.advance(20_000)
  await browser.host.wake('timer')
  expect(await listed(browser)).toEqual(['c'])
})

test('saves in flight while the cloud is configured all succeed', async () => {
  const browser = await aBrowser(await aCloud(), { isConfigured: false })
  await browser.session()
  const saves = Array.from({ length: 40 }, (_, index) => write(browser, `c${String(index).padStart(2, '0')}`))
  await Promise.all([...saves.slice(0, 20), browser.configure(), ...saves.slice(20)])
  expect(await listed(browser)).toHaveLength(40)
})

test('a second tab is told where the conversations went that the first one moved', async () => {
  const cloud = await aCloud()
  const storage = createMemoryStorage()
  const [one, two] = [await aBrowser(cloud, { storage }), await aBrowser(cloud, { storage, seed: 2 })]
  const { database } = await two.session()
  await write(two, 'c', database)
  const { database: movedTo } = await one.signIn('ann')
  await expect(write(two, 'late', database)).rejects.toMatchObject({
    code: 'account/moved',
    details: { movedTo },
  })
})

test('who repeats a save that was done before its database moved gets its result', async () => {
  const browser = await aBrowser(await aCloud())
  const { database } = await browser.session()
  const command = { ...place('c'), mutationId: browser.mutation(), messages: [aMessage('m')] }
  const first = await (await browser.service(database)).appendMessages(command)
  await browser.signIn('ann')
  browser.clock.advance(1_000)
  expect(await (await browser.service()).appendMessages(command)).toEqual(first)
})

test('a tab whose cloud was configured by another one syncs too', async () => {
  const cloud = await aCloud()
  const storage = createMemoryStorage()
  const options = { storage, isConfigured: false }
  const [one, two] = [await aBrowser(cloud, options), await aBrowser(cloud, { ...options, seed: 2 })]
  await one.signIn('ann')
  two.cookies.accountId = 'ann'
  expect(await (await two.service()).status({})).toMatchObject({ state: 'off' })
  await one.configure()
  await two.configure()
  await write(two, 'c')
  await two.host.wake('focus')
  expect(await (await two.service()).status({})).toMatchObject({ pendingCount: 0 })
  const other = await aBrowser(cloud, { seed: 3 })
  await other.signIn('ann')
  await other.host.wake('focus')
  expect(await listed(other)).toEqual(['c'])
})

test('what an account wrote without a cloud is synced when it returns after one was configured', async () => {
  const cloud = await aCloud()
  const browser = await aBrowser(cloud, { isConfigured: false })
  await browser.signIn('ann')
  await write(browser, 'c')
  await browser.signOut()
  await browser.configure()
  await browser.signIn('ann')
  for (let round = 0; round < 3; round++) await browser.host.wake('focus')
  const other = await aBrowser(cloud, { seed: 2 })
  await other.signIn('ann')
  for (let round = 0; round < 3; round++) await other.host.wake('focus')
  expect(await listed(other)).toEqual(['c'])
})
