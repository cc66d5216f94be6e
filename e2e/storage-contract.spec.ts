import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type BrowserContext, chromium, expect, type Page, test } from '@playwright/test'
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
let acknowledged = 0

test.beforeAll(async () => {
  server = await serveScripts(
    { page: script('page'), worker: script('worker') },
    {
      '/force-close': () => forceClose(),
      '/acknowledged': async (query) => {
        acknowledged = Math.max(acknowledged, Number(query.get('batches')))
      },
    },
  )
})

test.afterAll(() => server.close())

async function openTestPage(context: BrowserContext): Promise<Page> {
  const tab = await context.newPage()
  await tab.goto(server.origin)
  await tab.waitForFunction(() => 'page' in globalThis)
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
    let context: BrowserContext
    let tab: Page

    test.beforeAll(async ({ browser }) => {
      context = await browser.newContext()
      const internals = await context.newPage()
      forceClose = () => forceCloseBy(internals)
      tab = await openTestPage(context)
    })
    test.afterAll(async () => {
      expect(await tab.evaluate(() => page.unhandledRejections())).toBe(0)
      await context.close()
    })

    for (const { name } of contractOn(backend, { limited: backend === 'local-storage' })) {
      test(name, async () => {
        const problem = await tab.evaluate(
          ([method, where, sentence]) => page[method](where, sentence, true),
          [run, backend, name] as const,
        )
        expect(problem).toBeNull()
      })
    }
  })
}

test(`indexeddb: ${QUOTA_CASE}`, async ({ browser }) => {
  for (const run of ['runInPage', 'runInWorker'] as const) {
    const context = await browser.newContext()
    const blank = await context.newPage()
    const session = await context.newCDPSession(blank)
    // Heeded only when it is set before the origin's first use of storage.
    await session.send('Storage.overrideQuotaForOrigin', { origin: server.origin, quotaSize: 5_200_000 })
    const tab = await openTestPage(context)
    const problem = await tab.evaluate(([method, name]) => page[method]('indexeddb', name, true), [
      run,
      QUOTA_CASE,
    ] as const)
    expect(problem).toBeNull()
    await context.close()
  }
})

test('a worker that is terminated in mid transaction leaves whole transactions only', async ({ context }) => {
  const tab = await openTestPage(context)
  for (let round = 0; round < 6; round++) {
    const database = `terminated-${round}`
    acknowledged = 0
    await tab.evaluate(([name, afterMs]) => page.writeAndTerminate(name, afterMs), [
      database,
      150 + round * 37,
    ] as const)
    const seen = acknowledged
    const { batches, messages } = await tab.evaluate((name) => page.readBatches(name), database)
    expect(messages).toBe(batches * BATCH_SIZE)
    expect(batches).toBeGreaterThanOrEqual(seen)
    expect(batches).toBeGreaterThan(0)
  }
})

test('a browser that is killed keeps every acknowledged transaction and no part of another', async ({
  launchOptions,
}) => {
  const profile = await mkdtemp(join(tmpdir(), 'chatkeep-storage-'))
  try {
    acknowledged = 0
    const first = await chromium.launchPersistentContext(profile, launchOptions)
    const tab = await openTestPage(first)
    const process = await browserProcessOf(first)
    void tab.evaluate(() => page.writeBatches('killed')).catch(() => {})
    await expect.poll(() => acknowledged).toBeGreaterThan(10)
    process.kill()
    const seen = acknowledged
    await first.close().catch(() => {})
    const second = await chromium.launchPersistentContext(profile, launchOptions)
    const { batches, messages } = await (await openTestPage(second)).evaluate(() =>
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
