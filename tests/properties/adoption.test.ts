import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createMemoryStorage } from '../../src/storage/memory.ts'
import { aBrowser, aCloud, type Browser } from '../builders/cloud.ts'
import { aDyingStorage } from '../builders/dying.ts'
import { aMessage, someMessages } from '../builders/engine.ts'

const file = { type: 'file', mediaType: 'image/png', url: `data:image/png;base64,${'A'.repeat(70_000)}` }
const withFile = { message: { id: 'file', role: 'user', parts: [file] } }

/** Conversations of nobody's, of every kind. */
async function fill(browser: Browser): Promise<void> {
  const service = await browser.service()
  const place = { projectId: 'p', conversationId: 'tail' }
  await service.appendMessages({
    ...place,
    mutationId: browser.mutation(),
    messages: [aMessage('a'), withFile],
  })
  await service.editMessage({
    mutationId: browser.mutation(),
    conversationId: 'tail',
    message: aMessage('a', 'edited'),
  })
  const conversations = [{ id: 'packed', title: 'Given', messages: someMessages(5) }]
  await service.importConversations({ mutationId: browser.mutation(), projectId: 'p', conversations })
  await service.createConversation({ ...place, mutationId: browser.mutation(), conversationId: 'empty' })
  await service.saveComposer({ ...place, text: 'unsent' })
  await service.setSetting({ name: 'theme', value: 'dark' })
}

async function contentOf(browser: Browser) {
  const service = await browser.service()
  const ids = (await service.listConversations({ projectId: 'p' })).conversations.map(({ id }) => id).sort()
  const pages = await Promise.all(ids.map((conversationId) => service.loadMessages({ conversationId })))
  const { text } = await service.loadComposer({ conversationId: 'tail' })
  const { value } = await service.getSetting({ name: 'theme' })
  return { ids, messages: pages.map(({ messages }) => messages), text, value }
}

/** What a page does that finds itself with a session of this account: until nothing waits for a decision. */
async function enter(browser: Browser, accountId: string): Promise<void> {
  browser.cookies.accountId = accountId
  const session = await browser.session()
  const entered = session.accountId === accountId ? session : await browser.signIn(accountId)
  await browser.host.wake('start')
  if (entered.adoptable !== null || (await browser.session()).adoptable !== null)
    await browser.signIn(accountId, true)
}

async function write(browser: Browser, conversationId: string) {
  const service = await browser.service()
  const command = { projectId: 'p', conversationId, mutationId: browser.mutation() }
  return service.appendMessages({ ...command, messages: [aMessage(conversationId)] })
}

async function dieOnce(
  n: number,
  before: (browser: Browser) => Promise<unknown>,
  act: (browser: Browser) => Promise<unknown>,
) {
  const cloud = await aCloud()
  const { storage, dyingAt } = aDyingStorage()
  const browser = await aBrowser(cloud, { storage })
  await fill(browser)
  const content = await contentOf(browser)
  await before(browser)
  const died = await dyingAt(n, () => act(browser))
  const again = await aBrowser(cloud, { storage, seed: 2 })
  return { cloud, died, again, content, storage }
}

test('a sign-in that dies at any step moves everything once, at the latest when the page comes back', async () => {
  for (let n = 1; ; n += n < 40 ? 1 : 5) {
    const { died, again, content, cloud } = await dieOnce(
      n,
      async () => {},
      (browser) => browser.signIn('ann'),
    )
    await enter(again, 'ann')
    expect([n, await contentOf(again)]).toEqual([n, content])
    expect([n, [...(await again.storage.list())].sort()]).toEqual([
      n,
      ['chats:account-ann', 'chats:registry'],
    ])
    await cloud.close()
    if (!died) return
  }
})

test('a sign-out that dies at any step leaves a session that works, and the account’s chats for its return', async () => {
  for (let n = 1; ; n++) {
    const { died, again, content, cloud } = await dieOnce(
      n,
      (browser) => browser.signIn('ann'),
      (browser) => browser.signOut(),
    )
    const session = await again.session()
    await write(again, 'after')
    if (session.accountId === null) {
      expect([n, (await contentOf(again)).ids]).toEqual([n, ['after']])
      await enter(again, 'ann')
    }
    expect([n, (await contentOf(again)).ids]).toEqual([n, ['after', ...content.ids].sort()])
    await cloud.close()
    if (!died) return
  }
})

test('a sign-in again that dies at any step neither locks the account out nor shows it to somebody else', async () => {
  for (let n = 1; ; n++) {
    const { died, again, content, cloud } = await dieOnce(
      n,
      async (browser) => {
        await browser.signIn('ann')
        await browser.signOut()
      },
      (browser) => browser.signIn('ann'),
    )
    const session = await again.session()
    expect([n, (await contentOf(again)).ids]).toEqual([n, session.accountId === 'ann' ? content.ids : []])
    await enter(again, 'ann')
    expect([n, await contentOf(again)]).toEqual([n, content])
    await cloud.close()
    if (!died) return
  }
})

test('a cloud that is configured while the process dies gets everything in the end', async () => {
  for (let n = 1; ; n++) {
    const cloud = await aCloud()
    const { storage, dyingAt } = aDyingStorage()
    const browser = await aBrowser(cloud, { storage, isConfigured: false })
    await browser.signIn('ann')
    await write(browser, 'written')
    const died = await dyingAt(n, () => browser.configure())
    const again = await aBrowser(cloud, { storage, seed: 2 })
    await enter(again, 'ann')
    for (let round = 0; round < 3; round++) await again.host.wake('focus')
    const other = await aBrowser(cloud, { seed: 3 })
    await other.signIn('ann')
    await write(other, 'x')
    for (let round = 0; round < 3; round++) await other.host.wake('focus')
    expect([n, (await contentOf(other)).ids]).toEqual([n, ['written', 'x']])
    await cloud.close()
    if (!died) return
  }
})

test('two tabs that sign in at once, without locks between them, move everything once', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(12), { minLength: 1, maxLength: 40 }), async (delays) => {
      const cloud = await aCloud()
      let requests = 0
      let isSlow = false
      const storage = createMemoryStorage({
        async onRequest() {
          const turns = isSlow ? (delays[requests++ % delays.length] ?? 0) : 0
          for (let turn = 0; turn < turns; turn++) await undefined
        },
      })
      const one = await aBrowser(cloud, { storage })
      await fill(one)
      const content = await contentOf(one)
      const two = await aBrowser(cloud, { storage, seed: 2 })
      expect(await contentOf(two)).toEqual(content)
      isSlow = true
      const sessions = await Promise.all([one.signIn('ann'), two.signIn('ann')])
      expect(sessions.map(({ accountId }) => accountId)).toEqual(['ann', 'ann'])
      await Promise.all([one.host.wake('focus'), two.host.wake('focus')])
      for (const browser of [one, two]) {
        expect(await contentOf(browser)).toEqual(content)
        expect((await browser.session()).adoptable).toBeNull()
      }
      await expect((await two.service('chats')).getSetting({ name: 'theme' })).rejects.toMatchObject({
        code: 'account/moved',
      })
      await cloud.close()
    }),
    { numRuns: 15 },
  )
})
