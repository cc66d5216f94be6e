// Finds an installed Chromium, else installs one. `npm run ensure-chromium` prints its path.
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'
import { canInstallDebianPackages, installDebianPackages } from './debian.ts'
import { runCommand } from './run-command.ts'

const DOWNLOAD_LIMIT_MS = 5 * 60_000
const PLACES = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
]

/** The path of an installed Chromium: what CHROMIUM_PATH names, Playwright's own, or the system's. Installs nothing. */
export function findChromium(): string | undefined {
  const named = process.env.CHROMIUM_PATH
  if (named) {
    if (!existsSync(named)) throw new Error(`CHROMIUM_PATH names ${named}, which does not exist.`)
    return named
  }
  return [chromium.executablePath(), ...PLACES].find((path) => path !== '' && existsSync(path))
}

/** Installs Chromium when none is found; rejects with what to do when that fails. */
export async function ensureChromium(): Promise<string> {
  const found = findChromium()
  if (found) return found
  for (const install of [installFromDebian, installFromPlaywright]) {
    await install()
    const installed = findChromium()
    if (installed) return installed
  }
  throw new Error(
    'No Chromium was found and none could be installed. Install one (Debian: apt-get install chromium; elsewhere: npx playwright install chromium), or name one in CHROMIUM_PATH.',
  )
}

async function installFromDebian(): Promise<void> {
  if (canInstallDebianPackages()) await installDebianPackages(['chromium'])
}

async function installFromPlaywright(): Promise<void> {
  console.log("Installing Playwright's Chromium …")
  const cli = fileURLToPath(new URL('../node_modules/playwright-core/cli.js', import.meta.url))
  const install = await runCommand(process.execPath, [cli, 'install', 'chromium'], {
    limitMs: DOWNLOAD_LIMIT_MS,
  })
  if (install.code !== 0) console.error(install.output.slice(-2000))
}

if (import.meta.main) {
  try {
    console.log(await ensureChromium())
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
    process.exitCode = 1
  }
}
