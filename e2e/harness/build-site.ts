import { copyFileSync, existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'vite'
import type * as ChatkeepVite from '../../src/vite/index.ts'
import { describeRealData } from './conversations.ts'
import { DIST, NEXT_PRECACHED_SITE, PRECACHED_SITE, SITE, SITES } from './site.ts'

const PAGE = fileURLToPath(new URL('page', import.meta.url))

/** Playwright's global setup: builds the test page from the published files, as an app would be built. */
export default async function buildSites(): Promise<void> {
  if (!existsSync(join(DIST, 'sw.js'))) throw new Error('dist/ is not built: run `npm run build` first.')
  rmSync(SITES, { recursive: true, force: true })
  await buildSite(SITE, 'first', { precache: false })
  copyFileSync(join(DIST, 'sw-kill.js'), join(SITE, 'sw-kill.js'))
  await buildSite(PRECACHED_SITE, 'first', { precache: true })
  await buildSite(NEXT_PRECACHED_SITE, 'next', { precache: true })
  console.log(describeRealData())
}

/** Builds the test page into a folder. */
export async function buildSite(
  folder: string,
  name: string,
  options: ChatkeepVite.ChatkeepPluginOptions,
): Promise<void> {
  const { chatkeep }: typeof ChatkeepVite = await import(new URL('../../dist/vite.js', import.meta.url).href)
  await build({
    configFile: false,
    root: PAGE,
    logLevel: 'warn',
    define: { __PAGE_BUILD__: JSON.stringify(name) },
    plugins: [chatkeep(options)],
    build: { outDir: folder, emptyOutDir: true, target: 'es2022', modulePreload: { polyfill: false } },
  })
}
