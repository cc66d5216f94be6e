// Architecture, section 5: one page of a browser listens to the cloud for all, and none does while it is hidden or left behind.
import type { BrowserContextOptions } from '@playwright/test'
import { signIn, signUp } from './harness/accounts.ts'
import type { Cloud } from './harness/cloud.ts'
import type { Device } from './harness/device.ts'
import { aMessage } from './harness/messages.ts'
import type { Tab } from './harness/tab.ts'
import { expect, test } from './harness/test.ts'

const TABS = 10
/** Playwright switches it off; a person's browser has it on. */
const WITH_BFCACHE = { ignoreDefaultArgs: ['--disable-back-forward-cache'] } as BrowserContextOptions

test('listens once for ten tabs, and another tab takes over when the one that listens is closed', async ({
  cloud,
  openDevice,
}) => {
  const device = await openDevice()
  const first = await device.openTab(cloud.url)
  await signUp(first, 'ada@example.com')
  const tabs = [first]
  while (tabs.length < TABS) tabs.push(await device.openTab(cloud.url))
  await expect.poll(() => listeners(cloud)).toBe(1)

  const elsewhere = await (await openDevice()).openTab(cloud.url)
  await signIn(elsewhere, 'ada@example.com')
  await expect.poll(() => listeners(cloud), 'one for each browser').toBe(2)
  await elsewhere.chats.appendMessages('tides', [aMessage('when is high water?')])
  for (const tab of tabs) await expect.poll(() => tab.texts('tides')).toEqual(['when is high water?'])
  expect(listeners(cloud)).toBe(2)

  for (const tab of tabs.splice(0, 5)) {
    await tab.close()
    await expect.poll(() => listeners(cloud)).toBe(2)
  }
  await elsewhere.chats.appendMessages('tides', [aMessage('and low water?')])
  for (const tab of tabs) {
    await expect.poll(() => tab.texts('tides')).toEqual(['when is high water?', 'and low water?'])
  }
})

test('misses nothing that was written while the page lay in the back/forward cache', {
  tag: '@chromium',
}, async ({ cloud, openDevice, openPersistentDevice }) => {
  const device = await openPersistentDevice(WITH_BFCACHE)
  const tab = await device.openTab(cloud.url)
  await signUp(tab, 'ada@example.com')
  await tab.chats.appendMessages('tides', [aMessage('when is high water?')])
  await tab.untilSynced()
  const elsewhere = await aSecondDevice(openDevice, cloud)
  await expect.poll(() => listeners(cloud)).toBe(2)

  // An answer to a call that was on its way would find a page in the cache, and the browser would throw that away.
  await expect.poll(async () => (await tab.status()).sync.state).toBe('idle')
  await tab.page.evaluate(() => Object.assign(window, { isKept: true }))
  await tab.page.goto(`${cloud.url}/favicon.ico`)
  await expect.poll(() => listeners(cloud), 'a page that was left listens no more').toBe(1)
  await elsewhere.chats.appendMessages('tides', [aMessage('written meanwhile')])
  await elsewhere.untilSynced()
  await tab.page.goBack({ waitUntil: 'commit' }) // A page from the cache does not load again.
  const { isKept, reasons } = await tab.page.evaluate(() => {
    const [navigation] = performance.getEntriesByType('navigation') as (PerformanceNavigationTiming & {
      readonly notRestoredReasons?: unknown
    })[]
    const { isKept } = window as { isKept?: boolean }
    return { isKept, reasons: JSON.stringify(navigation?.notRestoredReasons) }
  })
  expect(isKept, `the page comes from the cache: ${reasons}`).toBe(true)
  await expect.poll(async () => (await tab.texts('tides')).at(-1)).toBe('written meanwhile')
  await expect.poll(() => listeners(cloud), 'and listens again').toBe(2)
  await elsewhere.chats.appendMessages('tides', [aMessage('and now at once')])
  await expect.poll(async () => (await tab.texts('tides')).at(-1)).toBe('and now at once')
})

async function aSecondDevice(openDevice: () => Promise<Device>, cloud: Cloud): Promise<Tab> {
  const tab = await (await openDevice()).openTab(cloud.url)
  await signIn(tab, 'ada@example.com')
  return tab
}

/** Streams of events that are open now. */
const listeners = ({ front }: Cloud): number =>
  front.requests.filter(({ path, isOver }) => path.includes('/events') && isOver !== true).length
