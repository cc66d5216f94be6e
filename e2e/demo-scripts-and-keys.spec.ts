// The demo for people who write from right to left, and for people who have a keyboard and no mouse.
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
