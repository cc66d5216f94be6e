// The demo for people who write from right to left, who have a keyboard and no mouse, who enlarge it, or who choose its colours.
import { openDemo } from './harness/demo.ts'
import { DEMO } from './harness/site.ts'
import { expect, test } from './harness/test.ts'

const ARABIC =
  'كيف يحفظ عامل الخدمة بياناتي عندما تنقطع الشبكة وأنا أكتب رسالة طويلة جدا لا تنتهي في سطر واحد'

test('what is written from right to left runs from right to left, and its titles begin where they begin', async ({
  startCloud,
  device,
}) => {
  const cloud = await startCloud({ site: DEMO, demo: { wordDelayMs: 0 } })
  const demo = await openDemo(device, cloud.url)
  const { page } = demo
  await page.getByRole('textbox', { name: 'Message', exact: true }).fill(ARABIC)
  await expect(page.getByRole('textbox', { name: 'Message', exact: true })).toHaveCSS('direction', 'rtl')
  await demo.ask(ARABIC)
  // An ellipsis stands where the text's direction ends: a title that ran the other way would lose its first words.
  await expect(page.locator('.conversation-title')).toHaveCSS('direction', 'rtl')
  await expect(page.locator('#chat-title')).toHaveCSS('direction', 'rtl')
  await expect(demo.questions.locator('.message-plain')).toHaveCSS('unicode-bidi', 'plaintext')
  await demo.newChat()
  await demo.ask('Left to right')
  await expect(page.locator('#chat-title')).toHaveCSS('direction', 'ltr')
  expect(await demo.problems()).toEqual([])
})

test('after a wrong password the keyboard is where it was', async ({ startCloud, device }) => {
  const cloud = await startCloud({ site: DEMO, demo: { wordDelayMs: 0 } })
  const { page } = await openDemo(device, cloud.url)
  await page.getByRole('button', { name: 'Sign in' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Email').fill('nobody@example.com')
  await dialog.getByLabel('Password').fill('wrong battery staple')
  const button = dialog.getByRole('button', { name: 'Sign in', exact: true })
  await button.focus()
  await button.press('Enter')
  await expect(dialog.getByRole('alert')).toBeVisible()
  await expect(button).toBeFocused()
})

test('at 400 % there is room to read beside the box to write in, also with a notice above it', async ({
  startCloud,
  device,
}) => {
  const cloud = await startCloud({ site: DEMO, demo: { wordDelayMs: 0 } })
  const demo = await openDemo(device, cloud.url)
  const { page } = demo
  await page.setViewportSize({ width: 320, height: 256 })
  await demo.ask('What is left to read?')
  const room = () => page.locator('.messages-frame').evaluate((frame) => frame.clientHeight)
  expect(await room()).toBeGreaterThan(120)
  await device.goOffline()
  await demo.send('And now?')
  await expect(page.locator('.notice')).toBeVisible()
  expect(await room()).toBeGreaterThan(60)
  const size = await page.evaluate(() => {
    const { scrollWidth, scrollHeight } = document.documentElement
    return [scrollWidth, scrollHeight]
  })
  expect(size).toEqual([320, 256])
})

test('what colours alone would tell has a border where people choose their own', async ({
  startCloud,
  device,
}) => {
  const cloud = await startCloud({ site: DEMO, demo: { wordDelayMs: 0 } })
  const demo = await openDemo(device, cloud.url)
  await demo.page.emulateMedia({ forcedColors: 'active' })
  await demo.ask('Can you see me?')
  const bordered = [
    '.sync-dot',
    '.round-button',
    '.message[data-role="user"] .message-body',
    '.sidebar [aria-current]',
  ]
  for (const selector of bordered) {
    const { border, outline } = await demo.page
      .locator(selector)
      .first()
      .evaluate((element) => {
        const { borderTopWidth, outlineWidth, outlineStyle } = getComputedStyle(element)
        return { border: borderTopWidth, outline: outlineStyle === 'none' ? '0px' : outlineWidth }
      })
    expect([border, outline], selector).not.toEqual(['0px', '0px'])
  }
})
