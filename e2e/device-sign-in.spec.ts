// A program without a browser signs in by a code that a person approves on the demo's page.
import { startDeviceSignIn } from '../src/client/device-sign-in.ts'
import type { Cloud } from './harness/cloud.ts'
import { openDemo } from './harness/demo.ts'
import { DEMO } from './harness/site.ts'
import { test as base, expect } from './harness/test.ts'

const SCREENSHOTS = '.cache/e2e-screenshots'

const test = base.extend<{ readonly demoCloud: Cloud }>({
  demoCloud: async ({ startCloud }, use) =>
    use(await startCloud({ site: DEMO, deviceGrant: { intervalMs: 1_000 } })),
})

const startLamp = ({ url }: Cloud) => startDeviceSignIn({ url, clientName: 'Reading lamp' })

test('a person looks at a code’s request and allows it', async ({ demoCloud, device }) => {
  const demo = await openDemo(device, demoCloud.url)
  await demo.signUp('ada@example.com')
  const lamp = await startLamp(demoCloud)
  const { page } = demo
  await page.goto(lamp.verificationUriComplete ?? '')
  await expect(page.getByLabel('Code')).toHaveValue(lamp.userCode)
  await page.getByRole('button', { name: 'Continue' }).click()
  await expect(page.getByText('Reading lamp')).toBeVisible()
  await page.getByRole('button', { name: 'Allow' }).click()
  await expect(page.getByRole('status')).toContainText('The device is signed in')
  const { accessToken } = await lamp.token()
  const session = await fetch(`${demoCloud.api}/session`, {
    headers: { Authorization: `Bearer ${accessToken}` },
  })
  expect(await session.json()).toMatchObject({ email: 'ada@example.com' })
  expect(await demo.problems()).toEqual([])
})

test('a person who is not signed in signs in first, types the code, and may refuse', async ({
  demoCloud,
  device,
}) => {
  const lamp = await startLamp(demoCloud)
  const page = await device.context.newPage()
  await page.goto(lamp.verificationUri)
  await expect(page.getByRole('heading', { name: 'Sign in a device' })).toBeVisible()
  await page.getByRole('button', { name: 'Sign in' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('button', { name: 'I need an account' }).click()
  await dialog.getByLabel('Email').fill('ada@example.com')
  await dialog.getByLabel('Password').fill('correct horse battery staple')
  await dialog.getByRole('button', { name: 'Sign up', exact: true }).click()

  // By keyboard alone, in lower case and with a dash, as people type.
  const code = page.getByLabel('Code')
  await code.fill('AAAA2222')
  await code.press('Enter')
  await expect(page.getByRole('alert')).toBeVisible()
  await code.fill(`${lamp.userCode.slice(0, 4)}-${lamp.userCode.slice(4)}`.toLowerCase())
  await code.press('Enter')
  const refuse = page.getByRole('button', { name: 'Refuse' })
  await refuse.focus()
  await page.keyboard.press('Enter')
  await expect(page.getByRole('status')).toContainText('refused')
  await expect(lamp.token()).rejects.toMatchObject({ code: 'account/denied' })
})

for (const colorScheme of ['light', 'dark'] as const) {
  for (const width of [390, 1280]) {
    test(`the page of a code fits ${width} pixels in ${colorScheme} colours`, async ({
      demoCloud,
      openDevice,
    }) => {
      const device = await openDevice({ colorScheme, viewport: { width, height: 780 } })
      const demo = await openDemo(device, demoCloud.url)
      const { page } = demo
      const signedUp = await page.evaluate(async () => {
        const body = JSON.stringify({ email: 'ada@example.com', password: 'correct horse', name: 'Ada' })
        const headers = { 'Content-Type': 'application/json' }
        return (await fetch('/api/auth/sign-up/email', { method: 'POST', headers, body })).status
      })
      expect(signedUp).toBe(200)
      const lamp = await startLamp(demoCloud)
      await page.goto(lamp.verificationUriComplete ?? '')
      await page.getByRole('button', { name: 'Continue' }).click()
      await expect(page.getByRole('button', { name: 'Allow' })).toBeVisible()
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
      expect(overflow).toBeLessThanOrEqual(0)
      await page.screenshot({ path: `${SCREENSHOTS}/device-${colorScheme}-${width}.png` })
      expect(await demo.problems()).toEqual([])
    })
  }
}
