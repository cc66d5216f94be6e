import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type BrowserContext, chromium, type Page } from '@playwright/test'
import type { Device } from './harness/device.ts'
import { expect, test } from './harness/test.ts'
import { BATCH_SIZE } from './storage/batches.ts'
import { type Backend, contractOn } from './storage/contract-in-browser.ts'
import type { TestPage } from './storage/page.ts'
import { type ScriptServer, serveScripts } from './storage/serve-scripts.ts'

declare const page: TestPage

const script = (name: string) => fileURLToPath(new URL(`./storage/${name}.ts`, import.meta.url))
const QUOTA_CASE =
  'when the disk is full the transaction is refused whole, what was there stays, and deleting helps'

let server: ScriptServer
let forceClose: () => Promise<void> = async () => {}
/** Batches of the database at hand. */
let acknowledged = 0
let writtenTo = ''

test.beforeAll(async () => {
  server = await serveScripts(
    { page: script('page'), worker: script('worker') },
    {
      '/force-close': () => forceClose(),
      '/acknowledged': async (query) => {
        if (query.get('database') !== writtenTo) return // A late word of an earlier round.
        acknowledged = Math.max(acknowledged, Number(query.get('batches')))
      },
    },
  )
})

test.afterAll(() => server.close())

async function openTestPage(tab: Page): Promise<Page> {
  await tab.goto(server.origin)
  await expect.poll(() => tab.evaluate(() => 'page' in globalThis)).toBe(true)
  return tab
}

/** Closes all IndexedDB connections of the origin as the browser itself does after a disk error. */
async function forceCloseBy(internals: Page): Promise<void> {
  await internals.goto('chrome://indexeddb-internals')
  for (const button of await internals.locator('.force-close').all()) await button.click()
}

const places: readonly { readonly backend: Backend; readonly run: 'runInPage' | 'runInWorker' }[] = [
  { backend: 'indexeddb', run: 'runInPage' },
  { backend: 'indexeddb', run: 'runInWorker' },
  { backend: 'local-storage', run: 'runInPage' },
]

for (const { backend, run } of places) {
  test.describe(`${backend} ${run === 'runInPage' ? 'in a page' : 'in a worker'}`, () => {
    let device: Device
    let tab: Page

    test.beforeAll(async ({ profiles, engine }) => {
      device = await profiles.open()
      if (engine === 'chromium') {
        const internals = await device.context.newPage()
        forceClose = () => forceCloseBy(internals)
      }
      tab = await openTestPage(await device.openPage())
    })
    test.afterAll(async () => {
      expect(await tab.evaluate(() => page.unhandledRejections())).toBe(0)
      await device.close()
    })

    const limited = backend === 'local-storage'
    const everywhere = contractOn(backend, { limited, lossy: false }).map(({ name }) => name)
    for (const { name } of contractOn(backend, { limited })) {
      test(name, everywhere.includes(name) ? {} : { tag: '@chromium' }, async () => {
        const problem = await tab.evaluate(
          ([method, where, sentence]) => page[method](where, sentence, true),
          [run, backend, name] as const,
        )
        expect(problem).toBeNull()
      })
    }
  })
}

test(`indexeddb: ${QUOTA_CASE}`, { tag: '@chromium' }, async ({ browser }) => {
  for (const run of ['runInPage', 'runInWorker'] as const) {
    const context = await browser.newContext()
    const blank = await context.newPage()
    const session = await context.newCDPSession(blank)
    // Heeded only when it is set before the origin's first use of storage.
    await session.send('Storage.overrideQuotaForOrigin', { origin: server.origin, quotaSize: 5_200_000 })
    const tab = await openTestPage(await context.newPage())
    const problem = await tab.evaluate(([method, name]) => page[method]('indexeddb', name, true), [
      run,
      QUOTA_CASE,
    ] as const)
    expect(problem).toBeNull()
    await context.close()
  }
})

// WebKitGTK 2.50 leaves the transaction open, and whoever reads its stores waits for ever, in every tab (docs/chaos.md).
test('a worker that is terminated in mid transaction leaves whole transactions only', {
  tag: '@no-webkit',
}, async ({ device }) => {
  const tab = await openTestPage(await device.openPage())
  for (let round = 0; round < 6; round++) {
    const database = `terminated-${round}`
    ;[writtenTo, acknowledged] = [database, 0]
    await tab.evaluate((name) => page.writeInDoomed(name), database)
    await expect.poll(() => acknowledged).toBeGreaterThan(0)
    await tab.evaluate((afterMs) => page.terminateDoomed(afterMs), round * 17) // In the middle of one of the next.
    const seen = acknowledged
    const { batches, messages } = await tab.evaluate((name) => page.readBatches(name), database)
    expect(messages).toBe(batches * BATCH_SIZE)
    expect(batches).toBeGreaterThanOrEqual(seen)
    expect(batches).toBeGreaterThan(0)
  }
})

test('a browser that is killed keeps every acknowledged transaction and no part of another', {
  tag: '@chromium',
}, async ({ launchOptions }) => {
  const profile = await mkdtemp(join(tmpdir(), 'chatkeep-storage-'))
  try {
    ;[writtenTo, acknowledged] = ['killed', 0]
    const first = await chromium.launchPersistentContext(profile, launchOptions)
    const tab = await openTestPage(await first.newPage())
    const process = await browserProcessOf(first)
    void tab.evaluate(() => page.writeBatches('killed')).catch(() => {})
    await expect.poll(() => acknowledged).toBeGreaterThan(10)
    process.kill()
    const seen = acknowledged
    await first.close().catch(() => {})
    const second = await chromium.launchPersistentContext(profile, launchOptions)
    const { batches, messages } = await (await openTestPage(await second.newPage())).evaluate(() =>
      page.readBatches('killed'),
    )
    expect(messages).toBe(batches * BATCH_SIZE)
    expect(batches).toBeGreaterThanOrEqual(seen)
    await second.close()
  } finally {
    await rm(profile, { recursive: true, force: true })
  }
})

/** The browser's own process, to be killed like a crash would. */
async function browserProcessOf(context: BrowserContext): Promise<{ kill(): void }> {
  const session = await context.browser()?.newBrowserCDPSession()
  if (session === undefined) throw new Error('The context has no browser.')
  const { processInfo } = await session.send('SystemInfo.getProcessInfo')
  const browser = processInfo.find(({ type }) => type === 'browser')
  if (browser === undefined) throw new Error('The browser did not name its process.')
  return { kill: () => process.kill(browser.id, 'SIGKILL') }
}
