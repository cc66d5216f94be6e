import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type BrowserContext, chromium, type Page } from 'playwright-core'
import { ensureChromium } from '../scripts/ensure-chromium.ts'
import type { Bench } from './page/main.ts'

declare const bench: Bench

export const FLAGS = [
  '--no-sandbox',
  // So that what was made for a measurement is collected before it.
  '--js-flags=--expose-gc',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

export type Profile = { readonly folder: string; remove(): Promise<void> }

/** An empty browser profile on this machine's disk. */
export async function createProfile(): Promise<Profile> {
  const folder = await mkdtemp(join(tmpdir(), 'chatkeep-bench-'))
  return { folder, remove: () => rm(folder, { recursive: true, force: true, maxRetries: 5 }) }
}

/** Headless Chromium on a profile. */
export async function openBrowser(profile: Profile): Promise<BrowserContext> {
  return chromium.launchPersistentContext(profile.folder, {
    executablePath: await ensureChromium(),
    args: FLAGS,
  })
}

/** A fresh page of the benchmark; closed when the work is done. */
export async function inPage<T>(
  context: BrowserContext,
  origin: string,
  work: (page: Page) => Promise<T>,
): Promise<T> {
  const page = await context.newPage()
  page.on('pageerror', (error) => console.error('page:', error.message))
  try {
    await page.goto(origin)
    await page.waitForFunction(() => 'bench' in globalThis)
    return await work(page)
  } finally {
    await page.close()
  }
}

export const calls = {
  seed: (page: Page, name: string, rounds: number) =>
    page.evaluate(([who, count]) => bench.seed(who, count), [name, rounds] as const),
  warm: (page: Page, name: string) => page.evaluate((who) => bench.warm(who), name),
  run: (page: Page, workload: string, name: string, round: number) =>
    page.evaluate(([what, who, turn]) => bench.run(what, who, turn), [workload, name, round] as const),
  stream: (page: Page, name: string, round: number, durationMs: number) =>
    page.evaluate(([who, turn, ms]) => bench.stream(who, turn, ms), [name, round, durationMs] as const),
  fill: (page: Page, name: string, from: number, count: number) =>
    page.evaluate(([who, start, messages]) => bench.fill(who, start, messages), [name, from, count] as const),
}
