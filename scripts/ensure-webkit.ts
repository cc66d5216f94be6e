// Finds WebKitGTK's driver and browser, else installs Debian's. `npm run ensure-webkit` prints their paths.
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { canInstallDebianPackages, installDebianPackages } from './debian.ts'

const DRIVER = '/usr/bin/WebKitWebDriver'
const DISPLAY_SERVER = '/usr/bin/Xvfb'
const LIBRARIES = '/usr/lib'

export type WebKit = {
  readonly driver: string
  /** The browser that the driver starts. */
  readonly browser: string
  /** A display without a screen, where no other is there. */
  readonly displayServer: string
}

/** What is installed, or undefined when a part of it is not. Installs nothing. */
export function findWebKit(): WebKit | undefined {
  const browser = findBrowser()
  if (browser === undefined || !existsSync(DRIVER) || !existsSync(DISPLAY_SERVER)) return undefined
  return { driver: DRIVER, browser, displayServer: DISPLAY_SERVER }
}

/** Installs Debian's WebKitGTK when none is found and it may; undefined, after saying what to do, when there is none then. */
export async function ensureWebKit(): Promise<WebKit | undefined> {
  if (!findWebKit() && canInstallDebianPackages()) {
    await installDebianPackages(['webkit2gtk-driver', 'xvfb'])
  }
  const found = findWebKit()
  if (!found) {
    console.error(
      'WebKitGTK is missing. Install its driver and a display (Debian, as root: apt-get install webkit2gtk-driver xvfb).',
    )
  }
  return found
}

/** Debian keeps MiniBrowser beside the library, in a folder named by architecture and version. */
function findBrowser(): string | undefined {
  if (!existsSync(LIBRARIES)) return undefined
  for (const architecture of readdirSync(LIBRARIES).filter((name) => name.endsWith('-linux-gnu'))) {
    const folder = join(LIBRARIES, architecture)
    const versions = readdirSync(folder).filter((name) => name.startsWith('webkit2gtk-'))
    for (const version of versions.sort().reverse()) {
      const browser = join(folder, version, 'MiniBrowser')
      if (existsSync(browser)) return browser
    }
  }
  return undefined
}

if (import.meta.main) {
  const found = await ensureWebKit()
  if (found) console.log(Object.values(found).join('\n'))
  else process.exitCode = 1
}
