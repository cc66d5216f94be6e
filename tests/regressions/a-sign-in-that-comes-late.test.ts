import { expect, test } from 'vitest'
import { aBrowser, aCloud, type Browser } from '../builders/cloud.ts'

// Found by the simulator (seed 107620): the worker died before it was asked to sign in, and another tab signed out meanwhile.
const signIn = (browser: Browser, askedAt: number) =>
  browser.host.call({
    database: null,
    method: 'signedIn',
    argument: { baseName: 'chats', accountId: 'ann', askedAt },
  })

test('a sign-in that is repeated after somebody signed out elsewhere signs nobody in', async () => {
  const browser = await aBrowser(await aCloud())
  const { database } = await browser.signIn('ann')
  const askedAt = browser.clock.now()
  browser.clock.advance(2_000)
  await browser.signOut({ remove: true })
  browser.clock.advance(8_000)
  expect(await signIn(browser, askedAt)).toEqual(await browser.session())
  expect((await browser.session()).accountId).toBeNull()
  expect(await browser.storage.list()).not.toContain(database)
})

test('a sign-in after a sign-out signs in, also when the clock was set back in between', async () => {
  const browser = await aBrowser(await aCloud())
  await browser.signIn('ann')
  browser.clock.advance(3_600_000)
  await browser.signOut()
  await signIn(browser, browser.clock.now())
  expect((await browser.session()).accountId).toBe('ann')
  await browser.signOut()
  browser.clock.set(browser.clock.now() - 3_600_000)
  await signIn(browser, browser.clock.now())
  expect((await browser.session()).accountId).toBe('ann')
})
