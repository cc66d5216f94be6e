// Large values lie in files of their own beside the database. Those that are lost cost what they held, and that comes from the cloud.
import { randomBytes } from 'node:crypto'
import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { signUp } from './harness/accounts.ts'
import type { PersistentDevice } from './harness/device.ts'
import { aMessage } from './harness/messages.ts'
import type { Tab } from './harness/tab.ts'
import { expect, test } from './harness/test.ts'

const CONVERSATION = 'long'
/** Nothing that compresses: what takes less than 64 KiB compressed lies in the database itself. */
const noise = (bytes: number) => randomBytes(bytes).toString('base64')
const texts = Array.from({ length: 200 }, (_, index) => `${index} ${noise(1_600)}`)
const imported = {
  id: CONVERSATION,
  messages: texts.map((text, index) => ({
    message: { ...aMessage(text), id: `m${index}`, role: index % 2 === 0 ? 'user' : 'assistant' },
  })),
}

/** Deletes the files of all large values in this profile. Answers how many there were. */
async function loseFiles(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile() && /indexeddb\.blob/.test(entry.parentPath))
  for (const { parentPath, name } of files) await rm(join(parentPath, name))
  return files.length
}

/** The browser starts again without the files of its large values; both conversations are listed all the same. */
async function bootWithoutFiles(device: PersistentDevice, url: string): Promise<Tab> {
  await device.shutDown()
  expect(await loseFiles(device.folder)).toBeGreaterThan(2)
  await device.boot()
  const tab = await device.openTab(url)
  const { conversations } = await tab.chats.listConversations()
  expect(conversations.map(({ id }) => id).sort()).toEqual([CONVERSATION, 'other'])
  return tab
}

test('files of the browser that are lost hold up nothing, and what was in them comes again from the cloud', {
  tag: '@chromium',
}, async ({ cloud, openPersistentDevice }) => {
  const device = await openPersistentDevice()
  const tab = await device.openTab(cloud.url)
  await signUp(tab, 'ada@example.com')
  await tab.chats.importConversations([imported])
  const large = noise(200_000)
  await tab.chats.appendMessages('other', [aMessage('small'), aMessage(large)])
  await tab.untilSynced()
  await device.goOffline()
  await tab.chats.appendMessages('other', [aMessage('not sent yet')])
  const again = await bootWithoutFiles(device, cloud.url)
  await again.chats.appendMessages(CONVERSATION, [aMessage('written after')])
  // Whatever was found to be damaged by reading comes with the next sync.
  await Promise.all([again.texts(CONVERSATION), again.texts('other')])
  await again.chats.syncNow()
  await expect.poll(() => again.texts(CONVERSATION)).toEqual([...texts, 'written after'])
  await expect.poll(() => again.texts('other')).toEqual(['small', large, 'not sent yet'])
  await again.untilSynced()
  expect((await again.chats.getConversation(CONVERSATION))?.damaged).toBeUndefined()
})

test('without a cloud all is shown that was not in a lost file, and writing goes on', {
  tag: '@chromium',
}, async ({ cloud, openPersistentDevice }) => {
  const device = await openPersistentDevice()
  const tab = await device.openTab(cloud.url)
  await tab.chats.importConversations([imported])
  await tab.chats.appendMessages('other', [aMessage('small'), aMessage(noise(200_000)), aMessage('last')])
  const again = await bootWithoutFiles(device, cloud.url)
  expect(await again.texts('other')).toEqual(['small', 'last'])
  await again.chats.appendMessages('other', [aMessage('written after')])
  await again.chats.appendMessages(CONVERSATION, [aMessage('written after')])
  expect(await again.texts('other')).toEqual(['small', 'last', 'written after'])
  expect((await again.texts(CONVERSATION)).at(-1)).toBe('written after')
})
