// Promise 3 as a person sees it in the demo: what two devices wrote apart is told, and either can be chosen.
import type { Page } from '@playwright/test'
import type { Cloud } from './harness/cloud.ts'
import { type Demo, openDemo } from './harness/demo.ts'
import type { Device } from './harness/device.ts'
import { anOperationId, aPost } from './harness/operations.ts'
import { ask } from './harness/requests.ts'
import { messagesIn } from './harness/server-log.ts'
import { DEMO } from './harness/site.ts'
import { expect, test } from './harness/test.ts'

const SCREENSHOTS = '.cache/e2e-screenshots'
const TOLD_OF_BRANCH = 'Another device went on from here as well.'
const TOLD_OF_TITLE = 'Another device gave this conversation another title.'
const TOLD_OF_MESSAGE = 'Another device changed this message differently.'

test('announces that the other device went on as well, and shows either', async ({
  startCloud,
  openDevice,
}) => {
  const cloud = await startDemoCloud(startCloud)
  const [desk, sofa] = await twoDemos(cloud, openDevice)
  await apart([desk, sofa], async () => {
    await desk.demo.send('and at night?')
    await sofa.demo.send('and in winter?')
  })
  for (const { demo } of [desk, sofa]) await expect(demo.page.getByText(TOLD_OF_BRANCH)).toBeVisible()
  await expect(desk.demo.questions, 'nothing moves under a reader').toHaveText([/high water/, /at night/])
  await expect(sofa.demo.questions).toHaveText([/high water/, /in winter/])

  await desk.demo.page.getByRole('button', { name: 'Show the other' }).click()
  await expect(desk.demo.questions).toHaveText([/high water/, /in winter/])
  for (const { demo } of [desk, sofa]) await expect(demo.page.getByText(TOLD_OF_BRANCH)).toBeHidden()
  await expect(sofa.demo.page.getByRole('group', { name: 'Version 2 of 2' })).toBeVisible()
})

test('says so when both gave another title, and takes the one that is chosen', async ({
  startCloud,
  openDevice,
}) => {
  const cloud = await startDemoCloud(startCloud)
  const [desk, sofa] = await twoDemos(cloud, openDevice)
  await apart([desk, sofa], async () => {
    await rename(desk.demo, 'high water', 'Husum')
    await rename(sofa.demo, 'high water', 'Brest')
  })
  for (const { demo } of [desk, sofa]) await expect(demo.page.getByText(TOLD_OF_TITLE)).toBeVisible()
  await desk.demo.page.getByRole('button', { name: 'Compare' }).click()
  const dialog = desk.demo.page.getByRole('dialog', { name: 'Which title?' })
  await expect(dialog.getByRole('listitem')).toHaveCount(2)
  const own = dialog.getByRole('listitem').filter({ hasText: 'This device' })
  await expect(own).toContainText('Husum')
  await own.getByRole('button', { name: 'Keep this one' }).click()
  await expect(dialog).toBeHidden()
  for (const { demo } of [desk, sofa]) {
    await expect.poll(demo.titles).toEqual(['Husum'])
    await expect(demo.page.getByText(TOLD_OF_TITLE)).toBeHidden()
  }
})

for (const [size, viewport] of [
  ['desktop', { width: 1280, height: 800 }],
  ['phone', { width: 390, height: 844 }],
] as const) {
  for (const colorScheme of ['light', 'dark'] as const) {
    test(`shows what was written apart on a ${size} in ${colorScheme} colours`, async ({
      startCloud,
      openDevice,
    }) => {
      const cloud = await startDemoCloud(startCloud)
      const device = await openDevice({ viewport, colorScheme, isMobile: size === 'phone' })
      const demo = await openDemo(device, cloud.url)
      if (size === 'phone') await demo.page.setViewportSize({ width: 1280, height: 800 })
      await demo.signUp('ada@example.com')
      await demo.ask('when is high water?')
      await expect(demo.sync).toHaveText('Synced')
      await demo.page.setViewportSize(viewport)
      await changeElsewhere(demo.page, cloud)
      await demo.page.getByRole('button', { name: 'Compare' }).waitFor()
      await expect(demo.page.getByText(TOLD_OF_MESSAGE)).toBeVisible()
      await expect(demo.page.getByText(TOLD_OF_BRANCH)).toBeVisible()
      const picture = (name: string) =>
        demo.page.screenshot({
          path: `${SCREENSHOTS}/${name}-${size}-${colorScheme}.png`,
          animations: 'disabled',
        })
      await picture('written-apart')
      const overflow = await demo.page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
      expect(overflow, 'nothing sticks out sideways').toBeLessThanOrEqual(0)

      await demo.page.getByRole('button', { name: 'Compare' }).click()
      const dialog = demo.page.getByRole('dialog', { name: 'Which version?' })
      await expect(dialog.getByRole('listitem')).toHaveCount(2)
      await picture('conflict-dialog')
      await dialog.getByRole('button', { name: 'Keep both' }).click()
      await expect(dialog).toBeHidden()
      await expect(demo.page.getByText(TOLD_OF_MESSAGE)).toBeHidden()
      await expect(demo.page.getByRole('group', { name: 'Version 1 of 2' }).first()).toBeVisible()
      expect(await demo.problems()).toEqual([])
    })
  }
}

type Place = { readonly device: Device; readonly demo: Demo }

const startDemoCloud = (startCloud: (options: object) => Promise<Cloud>) =>
  startCloud({ site: DEMO, demo: { wordDelayMs: 3 } })

/** One person's two machines, both showing the same conversation. */
async function twoDemos(cloud: Cloud, openDevice: () => Promise<Device>): Promise<readonly [Place, Place]> {
  const open = async () => {
    const device = await openDevice()
    return { device, demo: await openDemo(device, cloud.url) }
  }
  const [desk, sofa] = [await open(), await open()]
  await desk.demo.signUp('ada@example.com')
  await desk.demo.ask('when is high water?')
  await sofa.demo.signIn('ada@example.com')
  await expect.poll(sofa.demo.titles).toEqual(['when is high water?'])
  await sofa.demo.open('when is high water?')
  await expect(sofa.demo.answers).toHaveCount(1)
  for (const { demo } of [desk, sofa]) await expect(demo.sync).toHaveText('Synced')
  return [desk, sofa]
}

/** Lets both write without knowing of each other. */
async function apart(places: readonly Place[], write: () => Promise<void>): Promise<void> {
  await Promise.all(places.map(({ device }) => device.goOffline()))
  await write()
  await Promise.all(places.map(({ device }) => device.goOnline()))
}

async function rename(demo: Demo, from: string, to: string): Promise<void> {
  await demo.choose(from, 'Rename')
  await demo.page.getByRole('textbox', { name: 'Title' }).fill(to)
  await demo.page.getByRole('button', { name: 'Save' }).click()
  await expect.poll(demo.titles).toEqual([to])
}

/** A third device that knew neither the answer nor the question's text: it wrote both again in its own way. */
async function changeElsewhere(page: Page, cloud: Cloud): Promise<void> {
  const messages = () => cloud.log().filter(({ register }) => register.startsWith('message:'))
  await expect.poll(() => messages().length).toBe(2)
  const [question, answer] = messages()
  if (question === undefined || answer === undefined) throw new Error('the cloud has no question and answer')
  type Value = { born: number; parentId: string | null; message: { id: string } }
  const value = question.value as Value
  const by = { device: 'deadbeef', name: 'Firefox on Mac', at: Date.UTC(2026, 0, 5, 9, 41) }
  const text = 'When is high water at the pier, and is it higher at new moon than it is at half moon?'
  const message = { ...value.message, parts: [{ type: 'text', text }] }
  const { conversationId } = question
  const common = { kind: 'set', conversationId, overwrites: [] }
  const stamp = (answer.value as Value).born
  const reply = { id: 'elsewhere', role: 'assistant', parts: [{ type: 'text', text: 'At noon.' }] }
  const operations = [
    { ...common, id: anOperationId(), register: question.register, stamp, value: { ...value, message, by } },
    {
      ...common,
      id: anOperationId(),
      register: 'message:elsewhere',
      stamp: stamp - 1,
      value: {
        parentId: value.message.id,
        born: stamp - 1,
        createdAt: stamp,
        status: 'complete',
        message: reply,
      },
    },
  ]
  const body = aPost('personal', conversationId, operations)
  const answered = await ask(page, 'POST', '/conversations', { body })
  expect(answered).toMatchObject({ status: 200, body: { rejected: [] } })
}

test('keeps what is written while sync is off on this device, and copies it when it is on again', async ({
  startCloud,
  openDevice,
}) => {
  const cloud = await startDemoCloud(startCloud)
  const demo = await openDemo(await openDevice(), cloud.url)
  await demo.signUp('ada@example.com')
  await demo.ask('synced')
  // The question and its answer: the answer is saved after its last words are shown.
  await expect.poll(() => messagesIn(cloud.log())).toHaveLength(2)
  await expect(demo.sync).toHaveText('Synced')
  const before = cloud.log().length
  const settings = demo.page.getByRole('button', { name: 'Settings' })
  await settings.click()
  await demo.page.getByRole('tab', { name: 'Sync' }).click()
  await demo.page.getByRole('checkbox', { name: 'Copy chats to my account' }).uncheck()
  await demo.page.screenshot({ path: `${SCREENSHOTS}/sync-settings.png`, animations: 'disabled' })
  await demo.page.getByRole('button', { name: 'Close', exact: true }).click()
  await expect(demo.sync).toHaveText('Saved on this device')
  await demo.ask('kept here')
  await demo.reload()
  await expect(demo.sync).toHaveText('Saved on this device')
  expect(cloud.log()).toHaveLength(before)

  await settings.click()
  await demo.page.getByRole('tab', { name: 'Sync' }).click()
  await demo.page.getByRole('checkbox', { name: 'Copy chats to my account' }).check()
  await demo.page.getByRole('button', { name: 'Close', exact: true }).click()
  await expect(demo.sync).toHaveText('Synced')
  await expect.poll(() => messagesIn(cloud.log()).map(({ text }) => text)).toContain('kept here')
  expect(await demo.problems()).toEqual([])
})
