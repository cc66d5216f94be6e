import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  chromium,
  type LaunchOptions,
  type Page,
} from '@playwright/test'
import { killBrowser } from './browser-process.ts'
import { openTab, type Tab, type TabOptions } from './tab.ts'
import { type WorkerControl, workerControl } from './worker-control.ts'

/** A browser profile: what one person has on one machine. */
export type Device = WorkerControl & {
  readonly context: BrowserContext
  openTab(url: string, options?: TabOptions): Promise<Tab>
  /** An empty page, for tests that begin before chatkeep is there. */
  openPage(): Promise<Page>
  /** The address under which this device knows a server: its own in Chromium, else that of a cable that can be pulled. */
  addressOf(url: string): Promise<string>
  goOffline(): Promise<void>
  goOnline(): Promise<void>
  close(): Promise<void>
}

/** A profile on disk, which outlives its browser. */
export type PersistentDevice = Device & {
  /** Where it lies. Only to be touched while the browser is shut down. */
  readonly folder: string
  /** Quits the browser. */
  shutDown(): Promise<void>
  /** SIGKILL to the browser's process. */
  kill(): Promise<void>
  /** Starts a browser on the profile again. */
  boot(): Promise<void>
}

/** A profile that is gone with its browser context: quick, for tests without a restart. */
export async function openDevice(browser: Browser, options: BrowserContextOptions = {}): Promise<Device> {
  const context = await browser.newContext(options)
  return deviceOn(
    () => context,
    () => context.close(),
  )
}

export async function openPersistentDevice(
  launch: LaunchOptions,
  options: BrowserContextOptions = {},
): Promise<PersistentDevice> {
  const profile = await mkdtemp(join(tmpdir(), 'chatkeep-profile-'))
  let context: BrowserContext | undefined
  const start = async () => {
    context = await chromium.launchPersistentContext(profile, { ...launch, ...options })
  }
  const current = () => {
    if (context === undefined) throw new Error('The browser of this device is shut down.')
    return context
  }
  const stop = async (how: (running: BrowserContext) => Promise<unknown>) => {
    const running = current()
    context = undefined
    await how(running)
  }
  await start()
  const device = deviceOn(current, async () => {
    if (context !== undefined) await stop((running) => running.close())
    await rm(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 })
  })
  return Object.defineProperties(
    {
      folder: profile,
      shutDown: () => stop((running) => running.close()),
      kill: () => stop((running) => killBrowser(running, profile)),
      boot: start,
    },
    Object.getOwnPropertyDescriptors(device),
  ) as PersistentDevice
}

function deviceOn(current: () => BrowserContext, close: () => Promise<void>): Device {
  return {
    get context() {
      return current()
    },
    ...workerControl(current),
    openPage: () => current().newPage(),
    addressOf: async (url) => url,
    openTab: async (url, options) => openTab(await freePage(current()), url, options),
    goOffline: () => current().setOffline(true),
    goOnline: () => current().setOffline(false),
    close,
  }
}

/** A browser on a profile begins with an empty page; it stays open, since the last page's end would be the browser's. */
async function freePage(context: BrowserContext): Promise<Page> {
  return context.newPage()
}
