// A record on disk is damaged: it costs what it held, for as long as the cloud cannot be asked, and nothing else.
import type { Page } from '@playwright/test'
import { signIn, signUp } from './harness/accounts.ts'
import { aMessage } from './harness/messages.ts'
import { expect, test } from './harness/test.ts'

const CONVERSATION = 'long'
const texts = Array.from({ length: 200 }, (_, index) => `${index} ${'lorem ipsum '.repeat(200)}`)
const imported = {
  id: CONVERSATION,
  messages: texts.map((text, index) => ({
    message: { ...aMessage(text), id: `m${index}`, role: index % 2 === 0 ? 'user' : 'assistant' },
  })),
}

/** Cuts the text of every pack of this origin in half, but for the newest of each conversation. Answers how many. */
async function damagePacks(page: Page): Promise<number> {
  return page.evaluate(async () => {
    const finished = <Result>(request: IDBRequest<Result>) =>
      new Promise<Result>((resolve, reject) => {
        request.onsuccess = () => resolve(request.result)
        request.onerror = () => reject(request.error)
      })
    let count = 0
    for (const { name = '' } of await indexedDB.databases()) {
      const database = await finished(indexedDB.open(name))
      if (database.objectStoreNames.contains('packs')) {
        const store = database.transaction('packs', 'readwrite').objectStore('packs')
        const packs = (await finished(store.getAll())).filter(({ firstBorn }) => firstBorn >= 0)
        for (const pack of packs.slice(0, -1)) {
          await finished(store.put({ ...pack, text: pack.text.slice(0, pack.text.length / 2) }))
          count += 1
        }
      }
      database.close()
    }
    return count
  })
}

test('a damaged pack stops no sync, and its messages come again from the cloud', async ({
  cloud,
  openDevice,
}) => {
  const desk = await openDevice()
  const tab = await desk.openTab(cloud.url)
  await signUp(tab, 'ada@example.com')
  await tab.chats.importConversations([imported])
  await tab.untilSynced()
  const sofa = await (await openDevice()).openTab(cloud.url)
  await signIn(sofa, 'ada@example.com')
  await expect.poll(async () => (await sofa.texts(CONVERSATION)).length).toBe(texts.length)

  await desk.goOffline()
  expect(await damagePacks(tab.page)).toBeGreaterThan(1)
  await desk.stopWorkers()
  const newest = await tab.chats.loadMessages(CONVERSATION, { limit: 20 })
  expect(newest.messages.map(({ id }) => id)).toEqual(
    imported.messages.slice(-20).map(({ message }) => message.id),
  )
  const rest = await tab.chats.loadMessages(CONVERSATION, { limit: 199 })
  expect(rest.damaged?.messageCount).toBe(200 - rest.messages.length)
  await expect(
    tab.chats.loadMessages(CONVERSATION, { before: rest.older ?? { id: '', born: 0 } }),
  ).rejects.toMatchObject({ code: 'storage/corrupt' })
  await tab.chats.appendMessages(CONVERSATION, [aMessage('written meanwhile')])

  await sofa.chats.editMessage(CONVERSATION, { ...aMessage('reworded'), id: 'm3' })
  await sofa.chats.appendMessages('elsewhere', [aMessage('hello')])
  await sofa.untilSynced()
  await desk.goOnline()
  const expected = texts.map((text, index) => (index === 3 ? 'reworded' : text)).concat('written meanwhile')
  await expect.poll(() => tab.texts('elsewhere')).toEqual(['hello'])
  await expect.poll(async () => (await tab.chats.getConversation(CONVERSATION))?.damaged).toBeUndefined()
  expect(await tab.texts(CONVERSATION)).toEqual(expected)
  await tab.untilSynced()
  await expect.poll(() => sofa.texts(CONVERSATION)).toEqual(expected)
})
