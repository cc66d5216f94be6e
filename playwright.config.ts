import { defineConfig } from '@playwright/test'
import { chromiumOptions } from './e2e/harness/chromium.ts'
import type { Settings } from './e2e/harness/engines/engine-browser.ts'

/** What says something of every engine; tests in there that need Chromium's debugger are tagged. */
const EVERY_ENGINE = [
  'accounts-never-cross',
  'backup',
  'bearer-token',
  'it-degrades-and-says-so',
  'legacy-migration',
  'new-device',
  'offline-is-normal',
  'one-connection',
  'real-conversations',
  'saved-means-saved',
  'server-faults',
  'storage-contract',
  'two-tabs',
  'worker-lifetimes',
].map((name) => `**/${name}.spec.ts`)

export default defineConfig<object, Settings>({
  testDir: 'e2e',
  outputDir: '.cache/e2e',
  globalSetup: './e2e/harness/build-site.ts',
  fullyParallel: false, // Files run beside each other, the tests of one file in order.
  workers: 2,
  retries: 0,
  timeout: 60_000,
  expect: { timeout: 15_000 }, // Waits end when their condition holds; a busy machine needs the room.
  forbidOnly: process.env.CI !== undefined,
  reporter: [['list'], ['json', { outputFile: process.env.E2E_RESULTS ?? '.cache/results/e2e.json' }]],
  use: {
    trace: process.env.E2E_TRACE === undefined ? 'off' : 'retain-on-failure', // A trace of every step slows a run by half.
    launchOptions: chromiumOptions(), // `npm run e2e` finds or installs one before it comes here.
  },
  projects: [
    { name: 'chromium', use: { browserName: 'chromium', engine: 'chromium' } },
    { name: 'firefox', testMatch: EVERY_ENGINE, grepInvert: /@chromium/, use: { engine: 'firefox' } },
    {
      name: 'webkit',
      testMatch: EVERY_ENGINE,
      grepInvert: /@chromium|@no-webkit/,
      use: { engine: 'webkit' },
    },
  ],
})
