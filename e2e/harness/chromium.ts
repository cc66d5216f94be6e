import type { LaunchOptions } from '@playwright/test'
import { findChromium } from '../../scripts/ensure-chromium.ts'

const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** How every test starts Chromium; where none is installed yet, Playwright looks for its own. */
export function chromiumOptions(): LaunchOptions {
  const executablePath = findChromium()
  return { ...(executablePath === undefined ? {} : { executablePath }), args: ARGUMENTS }
}
