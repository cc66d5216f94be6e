import { copyFileSync, existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'vite'
import { describeRealData } from './conversations.ts'
import { DIST, SITE } from './site.ts'

const PAGE = fileURLToPath(new URL('page', import.meta.url))

/** Playwright's global setup: builds the test page from the published files, as an app would be built. */
export default async function buildSite(): Promise<void> {
  if (!existsSync(join(DIST, 'sw.js'))) throw new Error('dist/ is not built: run `npm run build` first.')
  await buildPage(SITE)
  for (const worker of ['sw.js', 'sw-kill.js']) copyFileSync(join(DIST, worker), join(SITE, worker))
  console.log(describeRealData())
}

function buildPage(folder: string): Promise<unknown> {
  return build({
    configFile: false,
    root: PAGE,
    logLevel: 'warn',
    build: { outDir: folder, emptyOutDir: true, target: 'es2022', modulePreload: { polyfill: false } },
  })
}
