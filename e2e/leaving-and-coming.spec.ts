// Promise 5 as a person sees it in the demo: what becomes of chats at a sign-in and at a sign-out is asked, and done as answered.
import { readFile } from 'node:fs/promises'
import type { ChatExport } from '../src/client/export-conversations.ts'
import { type Cloud, UPLOADS } from './harness/cloud.ts'
import { type Demo, openDemo } from './harness/demo.ts'
import { messagesIn } from './harness/server-log.ts'
import { DEMO } from './harness/site.ts'
import { everythingStored } from './harness/stored.ts'
import { test as base, expect } from './harness/test.ts'

const SCREENSHOTS = '.cache/e2e-screenshots'
const test = base.extend<{
  readonly ada: { readonly demo: Demo; readonly cloud: Cloud; texts(): string[] }
}>({
  ada: async ({ startCloud, openDevice }, use) => {
    const cloud = await startCloud({ site: DEMO, demo: { wordDelayMs: 3 } })
    const demo = await openDemo(await openDevice(), cloud.url)
    await demo.signUp('ada@example.com')
    await demo.ask('of ada')
    await expect(demo.sync).toHaveText('Synced')
    await use({ demo, cloud, texts: () => messagesIn(cloud.log()).map(({ text }) => text) })
    expect(await demo.problems()).toEqual([])
  },
})

test('asks a second account whether it takes what was written here before, and moves it', async ({ ada }) => {
  const { demo, texts } = ada
  await demo.signOut()
  await demo.ask('of nobody')
  await demo.signUp('bob@example.com')
  const question = demo.page.getByRole('alertdialog', { name: /Take the conversation of this device/ })
  await expect(question).toBeVisible()
  await demo.page.screenshot({ path: `${SCREENSHOTS}/adoption.png`, animations: 'disabled' })
  expect(texts(), 'nothing moves before the answer').not.toContain('of nobody')
  await question.getByRole('button', { name: 'Take them along' }).click()
  await expect(question).toBeHidden()
  await expect.poll(demo.titles).toEqual(['of nobody'])
  await expect(demo.sync).toHaveText('Synced')
  expect(texts()).toContain('of nobody')
  await demo.signOut()
  await expect.poll(demo.titles).toEqual([])
})

test('leaves it where it is when the answer is no', async ({ ada }) => {
  const { demo, texts } = ada
  await demo.signOut()
  await demo.ask('of nobody')
  await demo.signUp('bob@example.com')
  await demo.page.getByRole('button', { name: 'Not now' }).click()
  await expect(demo.page.getByRole('alertdialog')).toBeHidden()
  await expect.poll(demo.titles).toEqual([])
  await demo.reload()
  await expect(demo.sync).toHaveText('Synced')
  expect(texts()).not.toContain('of nobody')
  await demo.signOut()
  await expect.poll(demo.titles).toEqual(['of nobody'])
})

test('says at a sign-out how much is not uploaded, and uploads it now', async ({ ada }) => {
  const { demo, cloud, texts } = ada
  const held = cloud.front.holdRequests(UPLOADS)
  await demo.ask('not uploaded')
  const dialog = await openSignOut(demo)
  await expect(dialog).toContainText(/\d changes? (is|are) not in the cloud yet/)
  await demo.page.screenshot({ path: `${SCREENSHOTS}/sign-out.png`, animations: 'disabled' })
  await dialog.getByRole('button', { name: 'Upload now' }).click()
  expect(texts()).not.toContain('not uploaded')
  held.release()
  await expect(dialog).toContainText('Your chats stay in your account')
  expect(texts()).toContain('not uploaded')
  await dialog.getByRole('button', { name: 'Sign out', exact: true }).click()
  await expect.poll(demo.titles).toEqual([])
  await demo.signIn('ada@example.com')
  await expect.poll(demo.titles).toEqual(['of ada'])
})

test('saves everything as a file, and removes everything from this device', async ({ ada }) => {
  const { demo } = ada
  const dialog = await openSignOut(demo)
  const downloading = demo.page.waitForEvent('download')
  await dialog.getByRole('button', { name: 'Save a copy as a file' }).click()
  const saved = JSON.parse(await readFile(await (await downloading).path(), 'utf8')) as ChatExport
  expect(saved).toMatchObject({ format: 'chatkeep', version: 1, conversations: [{ title: 'of ada' }] })
  expect(saved.conversations[0]?.messages.map(({ message }) => message.role)).toEqual(['user', 'assistant'])

  await dialog.getByRole('checkbox', { name: 'Remove the chats from this device' }).check()
  await dialog.getByRole('button', { name: 'Sign out and remove' }).click()
  await expect(dialog).toBeHidden()
  await expect.poll(demo.titles).toEqual([])
  expect(await everythingStored(demo.page)).not.toContain('of ada')
  await demo.signIn('ada@example.com')
  await expect.poll(demo.titles, 'the cloud has it').toEqual(['of ada'])
})

async function openSignOut({ page }: Demo) {
  await page.getByRole('button', { name: /^Account:/ }).click()
  await page.getByRole('menuitem', { name: 'Sign out' }).click()
  const dialog = page.getByRole('alertdialog')
  await expect(dialog).toBeVisible()
  return dialog
}
