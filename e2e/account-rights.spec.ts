// What a person may always do: take everything along, delete the account, and come back without the password.
import { readFile } from 'node:fs/promises'
import type { Page } from '@playwright/test'
import type { ChatExport } from '../src/client/export-conversations.ts'
import { openDemo } from './harness/demo.ts'
import { DEMO } from './harness/site.ts'
import { expect, test } from './harness/test.ts'

const SCREENSHOTS = '.cache/e2e-screenshots'
const PASSWORD = 'correct horse battery staple'

async function openAccount(page: Page): Promise<void> {
  await page.getByRole('button', { name: /^Account:/ }).click()
  await page.getByRole('menuitem', { name: 'Account' }).click()
}

async function downloadBy(page: Page, name: string): Promise<string> {
  const downloading = page.waitForEvent('download')
  await page.getByRole('button', { name }).click()
  return readFile(await (await downloading).path(), 'utf8')
}

test('deletes the account, and another device keeps its chats, says so and gives them as a file', async ({
  startCloud,
  openDevice,
}) => {
  const cloud = await startCloud({ site: DEMO, demo: { wordDelayMs: 0 } })
  const [laptop, phone] = [await openDevice(), await openDevice({ viewport: { width: 1000, height: 780 } })]
  const ada = await openDemo(laptop, cloud.url)
  await ada.signUp('ada@example.com')
  await ada.ask('How high is the tide?')
  await ada.questions.last().hover()
  await ada.questions.last().getByRole('button', { name: 'Edit' }).click()
  await ada.page.getByRole('textbox', { name: 'Edit question' }).fill('How low is the tide?')
  await ada.page.getByRole('button', { name: 'Ask again' }).click()
  await expect(ada.answers).toContainText('“How low is the tide?”')
  await expect(ada.page.getByRole('button', { name: 'Stop', exact: true })).toBeHidden()
  await expect(ada.sync).toHaveText('Synced')
  const other = await openDemo(phone, cloud.url)
  await other.signIn('ada@example.com')
  await other.open('How high is the tide?')
  await expect(other.questions).toHaveText(/How low is the tide/)

  await openAccount(ada.page)
  const everything = await downloadBy(ada.page, 'Download everything')
  const lines = everything
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown)
  expect(lines[0]).toMatchObject({ chatkeep: 'account', email: 'ada@example.com' })
  expect(lines.at(-1)).toMatchObject({ end: true })
  expect(everything).toContain('How high is the tide?')

  await ada.page.getByRole('button', { name: 'Delete the account…' }).click()
  await ada.page.getByLabel('Password').fill('not the password')
  await ada.page.getByRole('button', { name: 'Delete for good' }).click()
  await expect(ada.page.getByRole('alert')).toBeVisible()
  await ada.page.screenshot({ path: `${SCREENSHOTS}/account-delete.png` })
  await ada.page.getByLabel('Password').fill(PASSWORD)
  await ada.page.getByRole('button', { name: 'Delete for good' }).click()
  await expect(ada.page.getByRole('button', { name: 'Sign in' })).toBeVisible()
  expect(cloud.log()).toEqual([])

  await other.ask('and tomorrow?')
  await expect(other.page.getByText('This account was deleted.')).toBeVisible()
  await other.page.screenshot({ path: `${SCREENSHOTS}/account-gone.png` })
  await expect(other.questions.first()).toHaveText(/How low is the tide/)
  const kept = await downloadBy(other.page, 'Download it')
  const { conversations } = JSON.parse(kept) as ChatExport
  expect(
    conversations.map(({ messages }) => messages.length),
    'both branches, and what was sent last',
  ).toEqual([6])
  expect(kept).toContain('How high is the tide?')
  expect(kept).toContain('and tomorrow?')
  await other.page.getByRole('button', { name: 'Leave the account' }).click()
  await expect(other.page.getByText('This account was deleted.')).toBeHidden()
  expect(cloud.log()).toEqual([])
})

test('a forgotten password is replaced by the link of a letter', async ({ startCloud, device }) => {
  const letters: string[] = []
  const cloud = await startCloud({
    site: DEMO,
    async sendMail({ kind, url }) {
      if (kind === 'reset-password') letters.push(url)
    },
  })
  const demo = await openDemo(device, cloud.url)
  await demo.signUp('ada@example.com')
  await demo.signOut()
  await demo.page.getByRole('button', { name: 'Sign in' }).click()
  await demo.page.getByLabel('Email').fill('ada@example.com')
  await demo.page.getByRole('button', { name: 'I forgot my password' }).click()
  await expect(demo.page.getByText('a letter with a link is on its way')).toBeVisible()
  await expect.poll(() => letters.length).toBe(1)

  const { page } = demo
  await page.goto(letters[0] ?? '')
  await page.getByLabel('New password').fill('a password that is remembered')
  await page.screenshot({ path: `${SCREENSHOTS}/reset-password.png` })
  await page.getByRole('button', { name: 'Save' }).click()
  await expect(page.getByRole('status')).toContainText('The new password is in force')
  await page.getByRole('link', { name: 'To the chats' }).click()
  await page.getByRole('button', { name: 'Sign in' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Email').fill('ada@example.com')
  await dialog.getByLabel('Password').fill('a password that is remembered')
  await dialog.getByRole('button', { name: 'Sign in', exact: true }).click()
  await expect(page.getByRole('complementary').getByText('ada@example.com')).toBeVisible()
  expect(await demo.problems()).toEqual([])
})
