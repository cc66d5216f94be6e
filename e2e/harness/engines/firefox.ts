import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Browser, type BrowserContext, launch } from 'puppeteer-core'
import { findFirefox } from '../../../scripts/ensure-firefox.ts'
import { type EngineBrowser, type EngineTab, MissingEngine } from './engine-browser.ts'

/** Debian's Firefox over WebDriver BiDi; its profiles are user contexts of one process. */
export async function startFirefox(): Promise<EngineBrowser> {
  const home = await mkdtemp(join(tmpdir(), 'chatkeep-firefox-'))
  const browser = await launchFirefox(home)
  return {
    async openProfile() {
      const context = await browser.createBrowserContext()
      return { openTab: () => openTab(context), close: () => context.close() }
    },
    async close() {
      await browser.close()
      await rm(home, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 })
    },
  }
}

/** A profile on disk that outlives its process. */
export type FirefoxProfile = {
  openTab(): Promise<EngineTab>
  start(): Promise<void>
  quit(): Promise<void>
  kill(): Promise<void>
  remove(): Promise<void>
}

export async function openFirefoxProfile(): Promise<FirefoxProfile> {
  const folder = await mkdtemp(join(tmpdir(), 'chatkeep-firefox-'))
  let running: Browser | undefined = await launchFirefox(folder)
  const current = () => {
    if (running === undefined) throw new Error('This Firefox is shut down.')
    return running
  }
  return {
    openTab: () => openTab(current().defaultBrowserContext()),
    async start() {
      await untilLeft(folder)
      running = await launchFirefox(folder)
    },
    async quit() {
      const quitting = current()
      running = undefined
      await quitting.close()
    },
    async kill() {
      const process = current().process()
      running = undefined
      if (process === null) throw new Error('This Firefox was started by somebody else.')
      const exited = once(process, 'exit')
      process.kill('SIGKILL')
      await exited
    },
    async remove() {
      await running?.close()
      await rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 })
    },
  }
}

/** After a browser's end puppeteer puts the preferences back that it found, for which nobody can wait. */
async function untilLeft(profile: string): Promise<void> {
  while (['user.js', 'prefs.js'].some((file) => existsSync(join(profile, `${file}.puppeteer`)))) {
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

async function launchFirefox(profile: string): Promise<Browser> {
  const executablePath = findFirefox()
  if (executablePath === undefined) throw new MissingEngine('Firefox is missing: npm run ensure-firefox')
  return launch({
    browser: 'firefox',
    executablePath,
    headless: true,
    userDataDir: profile,
    env: { ...process.env, HOME: profile }, // As root it refuses to run in somebody else's home.
  })
}

async function openTab(context: BrowserContext): Promise<EngineTab> {
  // A window of its own: a tab behind another one is hidden, and hidden pages do not listen for what others write.
  const page = await context.newPage({ type: 'window' })
  return {
    goto: async (url) => void (await page.goto(url)),
    reload: async () => void (await page.reload()),
    evaluate: async (expression) => String(await page.evaluate(expression)),
    close: () => page.close(),
  }
}
