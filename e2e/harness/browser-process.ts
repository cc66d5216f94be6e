import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import type { BrowserContext } from '@playwright/test'

/** Kills the browser that runs on a profile of ours, as a crash or the system would, and waits for its end. */
export async function killBrowser(context: BrowserContext, profile: string): Promise<void> {
  const closed = once(context as never, 'close')
  process.kill(browserPid(profile), 'SIGKILL')
  await closed
}

/** The browser's own process, not one of its children: it was started with our profile and has no `--type`. */
function browserPid(profile: string): number {
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue
    const parts = commandLine(entry)
    const isBrowser =
      parts.includes(`--user-data-dir=${profile}`) && !parts.some((part) => part.startsWith('--type='))
    if (isBrowser) return Number(entry)
  }
  throw new Error(`No browser runs on ${profile}.`)
}

function commandLine(pid: string): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
  } catch {
    return [] // It ended meanwhile.
  }
}
