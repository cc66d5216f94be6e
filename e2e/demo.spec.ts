// The demo as a person uses it, under its strict policy: any violation of it and any error on the console fails a test.
import type { Cloud } from './harness/cloud.ts'
import { type Demo, openDemo } from './harness/demo.ts'
import type { Device } from './harness/device.ts'
import { messagesIn } from './harness/server-log.ts'
import { DEMO } from './harness/site.ts'
import { everythingStored } from './harness/stored.ts'
import { test as base, expect } from './harness/test.ts'

const SCREENSHOTS = '.cache/e2e-screenshots'

const test = base.extend<{
  readonly demoCloud: Cloud
  readonly demo: Demo
  readonly openDemo: (device: Device) => Promise<Demo>
}>({
  demoCloud: async ({ startCloud }, use) => use(await startCloud({ site: DEMO, demo: { wordDelayMs: 3 } })),
  openDemo: async ({ demoCloud }, use) => {
    const demos: Demo[] = []
    await use(async (device) => {
      const demo = await openDemo(device, demoCloud.url)
      demos.push(demo)
      return demo
    })
    for (const demo of demos) {
      if (!demo.page.isClosed()) expect(await demo.problems(), 'problems on the page').toEqual([])
    }
  },
  demo: async ({ openDemo, device }, use) => use(await openDemo(device)),
})

test('streams an answer and shows the chat after a reload', async ({ startCloud, device }) => {
  const cloud = await startCloud({ site: DEMO, demo: { wordDelayMs: 40 } })
  const demo = await openDemo(device, cloud.url)
  await demo.send('How high is the tide?')
  await expect(demo.answers.locator('[data-growing]')).toBeVisible()
  await expect(demo.answers).toContainText('You wrote: “How high is the tide?”.')
  await expect(demo.answers, 'its last words').toContainText('npm start')
  await expect(demo.answers.locator('[data-growing]')).toBeHidden()
  const answer = await demo.answers.innerText()
  await demo.reload()
  await expect(demo.questions).toHaveText(/How high is the tide\?/)
  await expect.poll(() => demo.answers.innerText()).toBe(answer)
  await expect.poll(demo.titles).toEqual(['How high is the tide?'])
  expect(await demo.problems()).toEqual([])
})

test('goes on without a network, through a reload, and catches up', async ({ demo, device, demoCloud }) => {
  await demo.signUp('ada@example.com')
  await demo.ask('asked online')
  await expect.poll(() => messagesIn(demoCloud.log()).length, 'question and answer are in the cloud').toBe(2)
  await expect(demo.sync).toHaveText('Synced')
  await device.goOffline()
  await demo.send('asked offline')
  await expect(demo.page.getByText('Not answered: no connection. Your message is saved.')).toBeVisible()
  await expect(demo.sync).toHaveText(/Offline · 1 to upload/)
  await demo.reload()
  await expect(demo.questions).toHaveText([/asked online/, /asked offline/])
  await demo.newChat()
  await demo.send('another one offline')
  await expect.poll(demo.titles).toEqual(['another one offline', 'asked online'])
  await expect(demo.page.getByText('Not answered: no connection. Your message is saved.')).toBeVisible()
  await device.goOnline()
  await expect(demo.sync).toHaveText('Synced')
  await expect
    .poll(() => messagesIn(demoCloud.log()).map(({ text }) => text))
    .toEqual(expect.arrayContaining(['asked offline', 'another one offline']))
  await demo.page.getByRole('button', { name: 'Retry' }).click()
  await expect(demo.answers).toContainText('You wrote: “another one offline”.')
})

test('keeps several conversations in several projects apart', async ({ demo }) => {
  await demo.ask('first of personal')
  await demo.newChat()
  await demo.ask('second of personal')
  await expect.poll(demo.titles).toEqual(['second of personal', 'first of personal'])
  await demo.newProject('Garden')
  expect(await demo.titles()).toEqual([])
  await demo.ask('about beans')
  await expect.poll(demo.titles).toEqual(['about beans'])
  await demo.openProject('Personal')
  await expect.poll(demo.titles).toEqual(['second of personal', 'first of personal'])
  await demo.open('first of personal')
  await expect(demo.questions).toHaveText([/first of personal/])
  await demo.reload()
  await expect(demo.questions).toHaveText([/first of personal/])
})

test('deletes a conversation and takes it back', async ({ demo }) => {
  await demo.ask('keep me')
  await demo.newChat()
  await demo.ask('delete me')
  await demo.choose('delete me', 'Delete')
  await expect.poll(demo.titles).toEqual(['keep me'])
  await demo.page.getByRole('button', { name: 'Undo' }).click()
  await expect.poll(demo.titles).toEqual(['delete me', 'keep me'])
  await expect(demo.questions).toHaveText([/delete me/])

  await demo.choose('delete me', 'Delete')
  await expect.poll(demo.titles).toEqual(['keep me'])
  await demo.page.getByRole('button', { name: 'Trash' }).click()
  await demo.page.getByRole('button', { name: 'Restore' }).click()
  await expect.poll(demo.titles).toEqual(['delete me', 'keep me'])
})

test('deletes a conversation for ever only after it was asked', async ({ demo }) => {
  await demo.ask('delete me')
  await demo.choose('delete me', 'Delete')
  await demo.page.getByRole('button', { name: 'Trash' }).click()
  const remove = demo.page.getByRole('button', { name: 'Delete for ever: delete me' })
  const dialog = demo.page.getByRole('alertdialog', { name: 'Delete “delete me” for ever?' })
  await remove.click()
  await expect(dialog).toHaveAccessibleDescription(/cannot be undone/)
  await demo.page.keyboard.press('Escape')
  await expect(dialog).toBeHidden()
  await expect(remove).toBeFocused()
  await remove.click()
  await dialog.getByRole('button', { name: 'Delete for ever' }).click()
  await expect(demo.page.getByText('The trash is empty.')).toBeVisible()
  await expect(demo.page.getByRole('heading', { name: 'Trash', exact: true })).toBeFocused()
  await demo.page.reload()
  await expect(demo.page.getByText('The trash is empty.')).toBeVisible()
})

test('renames, pins, archives and finds conversations', async ({ demo }) => {
  for (const text of ['apples', 'pears', 'plums']) {
    await demo.newChat()
    await demo.ask(text)
  }
  await demo.choose('pears', 'Rename')
  await demo.page.getByRole('textbox', { name: 'Title', exact: true }).fill('Quinces')
  await demo.page.getByRole('button', { name: 'Save' }).click()
  await expect.poll(demo.titles).toEqual(['plums', 'Quinces', 'apples'])
  await demo.choose('apples', 'Pin')
  await expect.poll(demo.titles).toEqual(['apples', 'plums', 'Quinces'])
  await demo.choose('plums', 'Archive')
  await expect.poll(async () => (await demo.titles()).slice(0, 2)).toEqual(['apples', 'Quinces'])
  await demo.page.getByRole('searchbox').fill('quin')
  await expect.poll(demo.titles).toEqual(['Quinces'])
  await demo.reload()
  await expect.poll(async () => (await demo.titles()).slice(0, 2)).toEqual(['apples', 'Quinces'])
})

test('keeps every version of a question and of an answer', async ({ demo }) => {
  await demo.ask('first question')
  await demo.ask('second question')
  await demo.questions.last().hover()
  await demo.questions.last().getByRole('button', { name: 'Edit' }).click()
  await demo.page.getByRole('textbox', { name: 'Edit question' }).fill('second question, better')
  await demo.page.getByRole('button', { name: 'Ask again' }).click()
  await expect(demo.questions).toHaveText([/first question/, /second question, better/])
  await expect(demo.answers.last()).toContainText('“second question, better”')
  await expect(demo.page.getByRole('button', { name: 'Stop', exact: true })).toBeHidden()

  const versions = demo.questions.last().getByRole('group', { name: 'Version 2 of 2' })
  await versions.getByRole('button', { name: 'Previous version' }).click()
  await expect(demo.questions.last()).toContainText(/second question(?!, better)/)
  await expect(demo.answers.last()).not.toContainText('better')
  await demo.answers.last().hover()
  await demo.answers.last().getByRole('button', { name: 'Answer again' }).click()
  await expect(demo.answers.last().getByRole('group', { name: 'Version 2 of 2' })).toBeVisible()
  await demo.reload()
  await expect(demo.answers.last().getByRole('group', { name: 'Version 2 of 2' })).toBeVisible()
  await expect(demo.questions).toHaveText([/first question/, /second question/])
})

test('keeps what had come when the answer is stopped', async ({ startCloud, device }) => {
  const cloud = await startCloud({ site: DEMO, demo: { wordDelayMs: 60 } })
  const demo = await openDemo(device, cloud.url)
  await demo.send('a long answer, please')
  await expect(demo.answers).toContainText('This is the')
  await demo.page.getByRole('button', { name: 'Stop', exact: true }).click()
  await expect(demo.page.getByText('Stopped', { exact: false })).toBeVisible()
  await demo.reload()
  await expect(demo.answers).toContainText('This is the')
  await expect(demo.page.getByText('Stopped', { exact: false })).toBeVisible()
  expect(await demo.problems()).toEqual([])
})

test('keeps half an answer when the page is reloaded in the middle of it', async ({ startCloud, device }) => {
  const cloud = await startCloud({ site: DEMO, demo: { wordDelayMs: 60 } })
  const demo = await openDemo(device, cloud.url)
  await demo.send('a long answer, please')
  await expect(demo.answers).toContainText('not a language model')
  await demo.reload()
  await expect(demo.answers).toContainText('This is the built-in responder')
  await expect(demo.page.getByText('Interrupted: the answer broke off.', { exact: false })).toBeVisible({
    timeout: 30_000, // The lease of the page that is gone has to end.
  })
  await expect(demo.answers).toContainText('This is the built-in responder')
  await demo.page.getByRole('button', { name: 'Retry' }).click()
  await expect(demo.answers).toContainText('it is there after a reload')
  expect(await demo.problems()).toEqual([])
})

test('keeps what is written and not sent', async ({ demo }) => {
  const composer = demo.page.getByRole('textbox', { name: 'Message', exact: true })
  await composer.fill('half a thought')
  await expect.poll(() => everythingStored(demo.page)).toContain('half a thought')
  await demo.reload()
  await expect(composer).toHaveValue('half a thought')
})

test('syncs to an account, and shows everything on a second device', async ({ openDemo, openDevice }) => {
  const demo = await openDemo(await openDevice())
  await demo.ask('written before signing up')
  await demo.signUp('ada@example.com')
  await expect.poll(demo.titles).toEqual(['written before signing up'])
  await demo.newProject('Garden')
  await demo.ask('about beans')
  await expect(demo.sync).toHaveText('Synced')

  const second = await openDemo(await openDevice())
  await second.signIn('ada@example.com')
  await expect.poll(second.titles).toEqual(['written before signing up'])
  await second.open('written before signing up')
  await expect(second.answers).toContainText('“written before signing up”')
  await second.ask('and from the second device')
  await second.openProject('Garden')
  await expect.poll(second.titles).toEqual(['about beans'])

  await demo.openProject('Personal')
  await demo.open('written before signing up')
  await expect(demo.questions).toHaveText([/written before signing up/, /and from the second device/])
})

test('hides the account’s chats after signing out and brings them back', async ({ demo }) => {
  await demo.signUp('ada@example.com')
  await demo.ask('mine alone')
  await expect(demo.sync).toHaveText('Synced')
  await demo.signOut()
  await expect.poll(demo.titles).toEqual([])
  await expect(demo.questions).toHaveCount(0)
  await demo.signIn('ada@example.com')
  await expect.poll(demo.titles).toEqual(['mine alone'])
})

for (const [size, viewport] of [
  ['desktop', { width: 1280, height: 800 }],
  ['phone', { width: 390, height: 844 }],
] as const) {
  for (const colorScheme of ['light', 'dark'] as const) {
    test(`is shown on a ${size} in ${colorScheme} colours`, async ({ openDevice, openDemo }) => {
      const device = await openDevice({ viewport, colorScheme, isMobile: size === 'phone' })
      const demo = await openDemo(device)
      const picture = (name: string) =>
        demo.page.screenshot({
          path: `${SCREENSHOTS}/${name}-${size}-${colorScheme}.png`,
          animations: 'disabled',
        })
      await picture('empty')
      await demo.ask('Explain how a service worker keeps data safe')
      await picture('chat')
      if (size === 'phone') await demo.page.getByRole('button', { name: 'Open conversations' }).click()
      await expect.poll(demo.titles).toHaveLength(1)
      await picture('sidebar')
      const overflow = await demo.page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
      expect(overflow, 'nothing sticks out sideways').toBeLessThanOrEqual(0)
    })
  }
}
