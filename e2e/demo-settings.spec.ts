// The demo's settings as a person uses them: rules for old chats, taking everything along, clearing a project.
import { readFile } from 'node:fs/promises'
import type { Page } from '@playwright/test'
import type { ChatExport } from '../src/client/export-conversations.ts'
import { type Demo, openDemo } from './harness/demo.ts'
import { aMessageOperation, aPost } from './harness/operations.ts'
import { ask } from './harness/requests.ts'
import { DEMO } from './harness/site.ts'
import { expect, test } from './harness/test.ts'

const SCREENSHOTS = '.cache/e2e-screenshots'
const DAY_MS = 24 * 60 * 60_000

async function openSettings({ page }: Demo, tab: 'General' | 'Sync' | 'Chats'): Promise<void> {
  await page.getByRole('button', { name: 'Settings' }).click()
  await page.getByRole('tab', { name: tab }).click()
}

const closeSettings = ({ page }: Demo) => page.getByRole('button', { name: 'Close', exact: true }).click()

async function download(page: Page, name: string): Promise<{ readonly name: string; readonly text: string }> {
  const downloading = page.waitForEvent('download')
  await page.getByRole('button', { name }).click()
  const file = await downloading
  return { name: file.suggestedFilename(), text: await readFile(await file.path(), 'utf8') }
}

/** As if another device had written it so long ago. */
async function writtenLongAgo(page: Page, conversationId: string, days: number): Promise<void> {
  const born = Date.now() - days * DAY_MS
  const id = `${conversationId}-1`
  const operation = aMessageOperation(conversationId, id, `about ${conversationId}`, {}, born)
  const answered = await ask(page, 'POST', '/conversations', {
    body: aPost('personal', conversationId, [operation]),
  })
  expect(answered).toMatchObject({ status: 200, body: { rejected: [] } })
}

test('archives and trashes old chats by rules of the project, and asks before it trashes many', async ({
  startCloud,
  device,
}) => {
  const cloud = await startCloud({ site: DEMO, demo: { wordDelayMs: 0 } })
  const demo = await openDemo(device, cloud.url)
  await demo.signUp('ada@example.com')
  await demo.ask('today')
  for (const name of ['tides', 'boats', 'moon']) await writtenLongAgo(demo.page, name, 100)
  await writtenLongAgo(demo.page, 'wind', 40)
  await expect.poll(async () => (await demo.titles()).length).toBe(5)

  await openSettings(demo, 'Chats')
  const rule = (name: string) => demo.page.getByRole('combobox', { name })
  await rule('Archive quiet chats').selectOption('after 30 days')
  await rule('Move quiet chats to the trash').selectOption('after 90 days')
  await demo.reload()
  await expect(demo.page.getByText('2 more chats are old enough for the trash.')).toBeVisible()
  await demo.page.screenshot({ path: `${SCREENSHOTS}/tidy-asks.png`, animations: 'disabled' })
  await openSettings(demo, 'Chats')
  await expect(rule('Archive quiet chats')).toHaveValue('30')
  await expect(demo.page.getByRole('dialog').getByRole('status')).toContainText('They stay until you agree.')
  await demo.page.getByRole('dialog').getByRole('button', { name: 'Move 2 to the trash' }).click()
  await expect(demo.page.getByRole('dialog').getByRole('status')).toContainText('tidies up')
  await closeSettings(demo)
  await expect.poll(async () => (await demo.titles()).toSorted()).toEqual(['about wind', 'today'])
  await demo.page.getByRole('button', { name: 'Trash', exact: true }).click()
  await expect(demo.page.getByText('about boats')).not.toHaveCount(0)
  await expect(demo.page.getByRole('button', { name: 'Restore' })).toHaveCount(3)
  expect(await demo.problems()).toEqual([])
})

test('takes every project and every branch along, for programs and for people', async ({
  startCloud,
  device,
}) => {
  const cloud = await startCloud({ site: DEMO, demo: { wordDelayMs: 0 } })
  const demo = await openDemo(device, cloud.url)
  await demo.ask('When is high water?')
  await demo.questions.last().hover()
  await demo.questions.last().getByRole('button', { name: 'Edit' }).click()
  await demo.page.getByRole('textbox', { name: 'Edit question' }).fill('When is low water?')
  await demo.page.getByRole('button', { name: 'Ask again' }).click()
  await expect(demo.answers).toContainText('“When is low water?”')
  await expect(demo.page.getByRole('button', { name: 'Stop', exact: true })).toBeHidden()
  await demo.newProject('Garden')
  await demo.ask('How deep do beans go?')
  await openSettings(demo, 'Chats')

  const json = await download(demo.page, 'Save as JSON')
  expect(json.name).toMatch(/^chats-\d{4}-\d\d-\d\d\.json$/)
  const { conversations } = JSON.parse(json.text) as ChatExport
  expect(conversations.map(({ projectId, messages }) => [projectId, messages.length]).toSorted()).toEqual([
    ['Garden', 2],
    ['personal', 4],
  ])
  expect(json.text).toContain('When is high water?')

  const markdown = await download(demo.page, 'Save as Markdown')
  expect(markdown.name).toMatch(/^chats-\d{4}-\d\d-\d\d\.md$/)
  expect(markdown.text).toContain('## You\n\nWhen is high water?\n\n## Assistant')
  expect(markdown.text).toContain('## You (another version)\n\nWhen is low water?')
  expect(markdown.text).toContain('# How deep do beans go?\n\n*Project: Garden')
  expect(await demo.problems()).toEqual([])
})

test('clears a project only after it was asked, and the trash has everything', async ({
  startCloud,
  device,
}) => {
  const cloud = await startCloud({ site: DEMO, demo: { wordDelayMs: 0 } })
  const demo = await openDemo(device, cloud.url)
  await demo.ask('of another project')
  await demo.newProject('Garden')
  await demo.ask('beans')
  await demo.newChat()
  await demo.ask('peas')
  await demo.choose('beans', 'Pin')
  await openSettings(demo, 'Chats')
  const clear = demo.page.getByRole('button', { name: 'Clear “Garden”…' })
  await clear.click()
  const question = demo.page.getByRole('alertdialog', { name: 'Move all chats of “Garden” to the trash?' })
  await expect(question).toHaveAccessibleDescription(/restore each/)
  await demo.page.keyboard.press('Escape')
  await expect(question).toBeHidden()
  await expect(clear).toBeFocused()
  await clear.click()
  await demo.page.screenshot({ path: `${SCREENSHOTS}/clear-project.png`, animations: 'disabled' })
  await question.getByRole('button', { name: 'Move all to the trash' }).click()
  await expect(demo.page.getByText('2 chats were moved to the trash')).toBeVisible()
  await closeSettings(demo)
  await expect.poll(demo.titles).toEqual([])
  await expect(demo.questions).toHaveCount(0)
  await demo.page.getByRole('button', { name: 'Trash', exact: true }).click()
  await expect(demo.page.getByRole('button', { name: 'Restore' })).toHaveCount(2)
  await demo.openProject('Personal')
  await expect.poll(demo.titles).toEqual(['of another project'])
  expect(await demo.problems()).toEqual([])
})

test('its tabs are turned by arrow keys, and every choice has a name', async ({ startCloud, device }) => {
  const cloud = await startCloud({ site: DEMO })
  const demo = await openDemo(device, cloud.url)
  await demo.page.getByRole('button', { name: 'Settings' }).press('Enter')
  const tab = (name: string) => demo.page.getByRole('tab', { name })
  await tab('General').focus()
  await demo.page.keyboard.press('ArrowRight')
  await expect(tab('Sync')).toBeFocused()
  await expect(demo.page.getByRole('tabpanel')).toContainText('Sign in to have a copy')
  await demo.page.keyboard.press('ArrowRight')
  await expect(tab('Chats')).toHaveAttribute('aria-selected', 'true')
  for (const name of ['Archive quiet chats', 'Move quiet chats to the trash', 'Empty the trash'])
    await expect(demo.page.getByRole('combobox', { name })).toBeVisible()
  await expect(demo.page.getByRole('group', { name: 'Tidy up “Personal”' })).toBeVisible()
  await demo.page.keyboard.press('Escape')
  await expect(demo.page.getByRole('button', { name: 'Settings' })).toBeFocused()
})

for (const [size, viewport] of [
  ['desktop', { width: 1280, height: 800 }],
  ['phone', { width: 390, height: 844 }],
] as const) {
  for (const colorScheme of ['light', 'dark'] as const) {
    test(`settings are shown on a ${size} in ${colorScheme} colours`, async ({ startCloud, openDevice }) => {
      const cloud = await startCloud({ site: DEMO })
      const demo = await openDemo(
        await openDevice({ viewport, colorScheme, isMobile: size === 'phone' }),
        cloud.url,
      )
      const { page } = demo
      if (size === 'phone') await page.getByRole('button', { name: 'Open conversations' }).click()
      await page.getByRole('button', { name: 'Settings' }).click()
      for (const tab of ['General', 'Sync', 'Chats']) {
        await page.getByRole('tab', { name: tab }).click()
        const path = `${SCREENSHOTS}/settings-${tab.toLowerCase()}-${size}-${colorScheme}.png`
        await page.screenshot({ path, animations: 'disabled' })
        const dialog = page.getByRole('dialog')
        const overflow = await dialog.evaluate((element) => element.scrollWidth - element.clientWidth)
        expect(overflow, `${tab} sticks out sideways`).toBeLessThanOrEqual(0)
      }
    })
  }
}
