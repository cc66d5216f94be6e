import { defineConfig } from '@playwright/test'
import { chromiumOptions } from '../harness/chromium.ts'

// Measurements are no tests: they have a configuration of their own, and nothing in them is expected to be fast.
export default defineConfig({
  testDir: '.',
  testMatch: /.*\.measure\.ts/,
  outputDir: '../../.cache/measure',
  globalSetup: '../harness/build-site.ts',
  workers: 1,
  timeout: 600_000,
  reporter: 'line',
  use: { launchOptions: chromiumOptions() },
  projects: [{ name: 'chromium', use: { browserName: 'chromium' } }],
})
