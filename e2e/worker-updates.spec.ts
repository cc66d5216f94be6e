// The worker changes under open pages: hard reload, new version, old page with new worker, a step back, the kill worker.
import { copyFileSync } from 'node:fs'
import { join } from 'node:path'
import { signUp } from './harness/accounts.ts'
import { buildOwnWorker } from './harness/build-own-worker.ts'
import { aMessage } from './harness/messages.ts'
import { servePage } from './harness/served-pages.ts'
import { messagesIn } from './harness/server-log.ts'
import {
  copyOfSite,
  DIST,
  deploy,
  NEXT_PRECACHED_SITE,
  PRECACHED_SITE,
  rebuildWorker,
} from './harness/site.ts'
import type { Tab } from './harness/tab.ts'
import { expect, test } from './harness/test.ts'
import { helloOf, lookForUpdate, settledBuild, workerStates } from './harness/worker-messages.ts'

const NEXT = '9.9.9+0000000a'
const loadLazily = (tab: Tab) => tab.page.evaluate(() => window.chatkeepPage.loadLazily())
const buildOf = (tab: Tab) => tab.page.evaluate(() => window.chatkeepPage.build)

test('works after a hard reload, when no worker controls the page', async ({ cloud, device }) => {
  const tab = await device.openTab(cloud.url)
  await signUp(tab, 'ada@example.com')
  await tab.chats.appendMessages('tides', [aMessage('before')])
  await tab.hardReload()
  expect(await tab.page.evaluate(() => navigator.serviceWorker.controller)).toBe(null)
  expect(await tab.status()).toMatchObject({ rung: 'worker+indexeddb', degraded: null })
  await tab.chats.appendMessages('tides', [aMessage('after')])
  expect(await tab.texts('tides')).toEqual(['before', 'after'])
  await tab.untilSynced()
  expect(messagesIn(cloud.log()).map(({ text }) => text)).toEqual(['before', 'after'])
})

test('answers every call once while a new worker takes over', async ({ startCloud, device }) => {
  const site = copyOfSite()
  const cloud = await startCloud({ site })
  const tab = await device.openTab(cloud.url)
  await signUp(tab, 'ada@example.com')
  const { build } = await helloOf(tab.page)
  const wanted: string[] = []
  let isUpdated = false
  // Four tabs' worth of writers, each with one call in flight all the time.
  const saving = Promise.all(
    [0, 1, 2, 3].map(async (writer) => {
      for (let count = 0; count < 10 || !isUpdated; count++) {
        const text = `${writer}/${count}`
        await tab.chats.appendMessages(`tides-${writer}`, [aMessage(text)])
        wanted.push(text)
      }
    }),
  )
  await expect.poll(() => wanted.length, { intervals: [2] }).toBeGreaterThan(0)
  expect(rebuildWorker(site, NEXT)).toBe(build)
  await lookForUpdate(tab.page)
  await expect.poll(async () => (await workerStates(tab.page))[0]).toBe(undefined)
  await device.stopWorkers() // The old one, with calls in flight; the new one takes its place.
  isUpdated = true
  await saving
  expect(await settledBuild(tab, device)).toBe(NEXT)
  const found = (await Promise.all([0, 1, 2, 3].map((index) => tab.texts(`tides-${index}`)))).flat()
  expect(found.sort()).toEqual(wanted.sort())
  await tab.untilSynced()
  expect(
    messagesIn(cloud.log())
      .map(({ text }) => text)
      .sort(),
  ).toEqual(wanted)
  expect(await tab.status()).toMatchObject({ rung: 'worker+indexeddb', degraded: null })
})

test('keeps an answer that streams while a new worker takes over', async ({ startCloud, device }) => {
  const site = copyOfSite()
  const cloud = await startCloud({ site })
  const tab = await device.openTab(cloud.url)
  await tab.chats.appendMessages('tides', [aMessage('tell me')])
  const answer = (text: string) => ({ ...aMessage(text, 'assistant'), id: 'answer' })
  await tab.drafts.start('tides', { messageId: 'answer' })
  expect(await tab.drafts.checkpoint(answer('High'))).toBe('kept')
  rebuildWorker(site, NEXT)
  await lookForUpdate(tab.page)
  expect(await settledBuild(tab, device)).toBe(NEXT)
  expect(await tab.drafts.checkpoint(answer('High water'))).toBe('kept')
  await tab.drafts.finish(answer('High water at noon.'))
  const { messages } = await tab.chats.loadMessages('tides')
  expect(messages.map(({ status }) => status)).toEqual(['complete', 'complete'])
  expect(await tab.texts('tides')).toEqual(['tell me', 'High water at noon.'])
})

test('gives an old page its late parts from the old build under a new worker', async ({
  startCloud,
  device,
}) => {
  const site = copyOfSite(PRECACHED_SITE)
  const cloud = await startCloud({ site })
  const old = await device.openTab(cloud.url)
  await old.reload() // Now its files come from the cache.
  await old.chats.appendMessages('tides', [aMessage('written by the first build')])
  deploy(site, NEXT_PRECACHED_SITE)
  await lookForUpdate(old.page)
  await expect.poll(async () => (await old.status()).updateReady).toBe(true)

  const other = await device.openTab(cloud.url)
  expect(await buildOf(other), 'nothing takes over by itself').toBe('first')
  await expect.poll(async () => (await other.status()).updateReady).toBe(true)
  const reloaded = other.page.waitForEvent('load')
  await other.page.evaluate(() => {
    void window.chatkeepPage.call('applyUpdate', [])
  })
  await reloaded
  await other.status()
  expect(await buildOf(other)).toBe('next')
  expect(await loadLazily(other)).toMatchObject({ value: 'late part of the next build' })

  expect(await buildOf(old)).toBe('first')
  expect(await loadLazily(old)).toMatchObject({ ok: true, value: 'late part of the first build' })
  await old.chats.appendMessages('tides', [aMessage('written by the old page')])
  expect(await other.texts('tides')).toEqual(['written by the first build', 'written by the old page'])

  await old.reload()
  expect(await buildOf(old)).toBe('next')
  expect(await old.texts('tides')).toEqual(['written by the first build', 'written by the old page'])
})

test('tells of an app’s own worker that waits to follow the ready-made one, and goes on with it', async ({
  cloud,
  device,
}) => {
  const patient = `const skip = self.skipWaiting.bind(self)
    self.skipWaiting = async () => {}
    self.addEventListener('message', ({ data }) => data?.type === 'SKIP_WAITING' && void skip());\n`
  servePage(cloud, '/app-sw.js', patient + (await buildOwnWorker()), 'text/javascript')
  const before = await device.openTab(cloud.url)
  await before.chats.appendMessages('tides', [aMessage('kept by the ready-made one')])
  expect((await before.status()).updateReady).toBe(false)
  await before.close()

  const tab = await device.openTab(cloud.url, { worker: { url: '/app-sw.js' } })
  expect(await tab.texts('tides')).toEqual(['kept by the ready-made one'])
  await expect.poll(async () => (await tab.status()).updateReady).toBe(true)
  const reloaded = tab.page.waitForEvent('load')
  await tab.page.evaluate(() => {
    void window.chatkeepPage.call('applyUpdate', [])
  })
  await reloaded
  expect(await tab.status()).toMatchObject({ rung: 'worker+indexeddb', degraded: null, updateReady: false })
  const active = () => navigator.serviceWorker.ready.then((registration) => registration.active?.scriptURL)
  expect(await tab.page.evaluate(active)).toMatch(/\/app-sw\.js$/)
  await tab.chats.appendMessages('tides', [aMessage('kept by the app’s own')])
  expect(await tab.texts('tides')).toEqual(['kept by the ready-made one', 'kept by the app’s own'])
})

test('drops the old build when its last page is gone', async ({ startCloud, device }) => {
  const site = copyOfSite(PRECACHED_SITE)
  const cloud = await startCloud({ site })
  const tab = await device.openTab(cloud.url)
  const cachedFiles = () =>
    tab.page.evaluate(async () => {
      const names = (await caches.keys()).filter((name) => name.includes('precache'))
      const requests = await Promise.all(names.map(async (name) => (await caches.open(name)).keys()))
      return requests.flat().map(({ url }) => new URL(url).pathname)
    })
  const before = await cachedFiles()
  deploy(site, NEXT_PRECACHED_SITE)
  await lookForUpdate(tab.page)
  await expect.poll(async () => (await tab.status()).updateReady).toBe(true)
  const reloaded = tab.page.waitForEvent('load')
  await tab.page.evaluate(() => {
    void window.chatkeepPage.call('applyUpdate', [])
  })
  await reloaded
  await tab.status()
  expect(await buildOf(tab)).toBe('next')
  await tab.reload()
  const changed = before.filter((path) => path.startsWith('/assets/') && path.includes('lazy'))
  expect(changed.length).toBeGreaterThan(0)
  await expect.poll(async () => (await cachedFiles()).filter((path) => changed.includes(path))).toEqual([])
})

test('reads and writes one database from a build, the next one, and the first again', async ({
  startCloud,
  device,
}) => {
  const site = copyOfSite()
  const cloud = await startCloud({ site })
  const tab = await device.openTab(cloud.url)
  await signUp(tab, 'ada@example.com')
  const first = (await helloOf(tab.page)).build
  const wanted: string[] = []
  for (const build of [first, NEXT, first]) {
    rebuildWorker(site, build)
    await tab.reload()
    await lookForUpdate(tab.page)
    expect(await settledBuild(tab, device)).toBe(build)
    const text = `written by ${build}`
    await tab.chats.appendMessages('tides', [aMessage(text)])
    await tab.chats.renameConversation('tides', text)
    wanted.push(text)
    expect(await tab.texts('tides')).toEqual(wanted)
    expect(await tab.titles()).toEqual([text])
    await tab.untilSynced()
  }
  expect(messagesIn(cloud.log()).map(({ text }) => text)).toEqual(wanted)
})

test('goes on in the page after the kill worker, with everything there', async ({ startCloud, device }) => {
  const site = copyOfSite()
  const cloud = await startCloud({ site })
  const tab = await device.openTab(cloud.url)
  await signUp(tab, 'ada@example.com')
  await tab.chats.appendMessages('tides', [aMessage('before')])
  copyFileSync(join(DIST, 'sw-kill.js'), join(site, 'sw.js'))
  await lookForUpdate(tab.page)
  await expect
    .poll(async () => {
      const states = await workerStates(tab.page)
      if (states[1] === 'installed') await device.stopWorkers() // See `settledBuild`.
      return states
    })
    .toEqual([undefined, undefined, undefined])
  await tab.chats.appendMessages('tides', [aMessage('after')])
  expect(await tab.texts('tides')).toEqual(['before', 'after'])
  expect(await tab.status()).toMatchObject({
    rung: 'page+indexeddb',
    degraded: { remedy: expect.any(String) },
  })
  await tab.reload()
  expect(await tab.status()).toMatchObject({ rung: 'page+indexeddb' })
  await tab.chats.appendMessages('tides', [aMessage('after a reload')])
  expect(await tab.texts('tides')).toEqual(['before', 'after', 'after a reload'])
  await tab.untilSynced()
  expect(messagesIn(cloud.log()).map(({ text }) => text)).toEqual(['before', 'after', 'after a reload'])

  copyFileSync(join(DIST, 'sw.js'), join(site, 'sw.js'))
  await tab.reload()
  expect(await tab.status()).toMatchObject({ rung: 'worker+indexeddb', degraded: null })
  expect(await tab.texts('tides')).toEqual(['before', 'after', 'after a reload'])
})
