import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type BrowserContext, chromium, type LaunchOptions } from '@playwright/test'

/** Chromium's own words in a profile's preferences, by what a person may choose about cookies and site data. */
const PREFERENCES = {
  none: { default_content_setting_values: { cookies: 2 } },
  all: { cookie_controls_mode: 0, block_third_party_cookies: false },
}

/** A browser with settings that only a person can change. */
export async function openBrowserWith(
  launch: LaunchOptions,
  settings: { readonly cookies: keyof typeof PREFERENCES },
): Promise<AsyncDisposable & { readonly context: BrowserContext }> {
  const folder = await mkdtemp(join(tmpdir(), 'chatkeep-settings-'))
  await mkdir(join(folder, 'Default'))
  const preferences = { profile: PREFERENCES[settings.cookies] }
  await writeFile(join(folder, 'Default', 'Preferences'), JSON.stringify(preferences))
  const context = await chromium.launchPersistentContext(folder, launch)
  return {
    context,
    async [Symbol.asyncDispose]() {
      await context.close()
      await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 })
    },
  }
}
