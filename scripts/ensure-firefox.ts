// Finds an installed Firefox, else installs Debian's. `npm run ensure-firefox` prints its path.
import { existsSync } from 'node:fs'
import { canInstallDebianPackages, installDebianPackages } from './debian.ts'

const PLACES = [
  '/usr/bin/firefox-esr',
  '/usr/bin/firefox',
  '/Applications/Firefox.app/Contents/MacOS/firefox',
]

/** The path of an installed Firefox: what FIREFOX_PATH names, or the system's. Installs nothing. */
export function findFirefox(): string | undefined {
  const named = process.env.FIREFOX_PATH
  if (named && !existsSync(named)) throw new Error(`FIREFOX_PATH names ${named}, which does not exist.`)
  return named || PLACES.find((path) => existsSync(path))
}

/** Installs Debian's Firefox when none is found and it may; undefined, after saying what to do, when there is none then. */
export async function ensureFirefox(): Promise<string | undefined> {
  if (!findFirefox() && canInstallDebianPackages()) await installDebianPackages(['firefox-esr'])
  const found = findFirefox()
  if (!found) {
    console.error(
      'Firefox is missing. Install it (Debian, as root: apt-get install firefox-esr), or name it in FIREFOX_PATH.',
    )
  }
  return found
}

if (import.meta.main) {
  const found = await ensureFirefox()
  if (found) console.log(found)
  else process.exitCode = 1
}
