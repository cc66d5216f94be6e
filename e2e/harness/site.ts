import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Made anew by each run. */
export const SITES = fileURLToPath(new URL('../../.cache/e2e-site', import.meta.url))
/** What `build-site.ts` made of the test page: a web app that uses the package as any app would. */
export const SITE = join(SITES, 'plain')
/** The same app with its build precached by a worker of its own. */
export const PRECACHED_SITE = join(SITES, 'precached')
/** Its next build. */
export const NEXT_PRECACHED_SITE = join(SITES, 'next')
/** Chaos has a folder of its own, so that it may run beside the suite. */
export const CHAOS = fileURLToPath(new URL('../../.cache/chaos', import.meta.url))
export const CHAOS_SITE = join(CHAOS, 'site')
/** The demo as it is built. */
export const DEMO = fileURLToPath(new URL('../../demo/dist', import.meta.url))
/** The published files. */
export const DIST = fileURLToPath(new URL('../../dist/', import.meta.url))

/** A copy of a site that a test may change. */
export function copyOfSite(site: string = SITE): string {
  const folder = mkdtempSync(join(SITES, 'copy-'))
  cpSync(site, folder, { recursive: true })
  return folder
}

/** Deploys another build over a site: what the old one had and the new one lacks is gone. */
export function deploy(site: string, build: string): void {
  rmSync(site, { recursive: true })
  cpSync(build, site, { recursive: true })
}

/** Gives the worker of a site another build id, as the next release would. Answers the id that it had. */
export function rebuildWorker(site: string, build: string): string {
  const path = join(site, 'sw.js')
  const script = readFileSync(path, 'utf8')
  const [before] = /\d+\.\d+\.\d+\+[0-9a-f]{8}/.exec(script) ?? []
  if (before === undefined) throw new Error(`${path} holds no build id.`)
  writeFileSync(path, script.replaceAll(before, build))
  return before
}
