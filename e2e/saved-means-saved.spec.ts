import { UPLOADS } from './harness/cloud.ts'
import { aMessage } from './harness/messages.ts'
import { messagesIn } from './harness/server-log.ts'
import { expect, test } from './harness/test.ts'
import { signUp } from './harness/accounts.ts'

test('reads a message after a reload', async ({ cloud, device }) => {
  const tab = await device.openTab(cloud.url)
  expect((await tab.status()).rung).toBe('worker+indexeddb')
  await tab.chats.appendMessages('c1', [aMessage('hello')])
  await tab.reload()
  expect(await tab.texts('c1')).toEqual(['hello'])
})

test('uploads a message to the account', async ({ cloud, device }) => {
  const tab = await device.openTab(cloud.url)
  await signUp(tab, 'ada@example.com')
  await tab.chats.appendMessages('c1', [aMessage('hello')])
  await tab.untilSynced()
  expect(messagesIn(cloud.log(), 'c1').map(({ text }) => text)).toEqual(['hello'])
})
