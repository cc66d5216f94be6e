import { readFileSync } from 'node:fs'
import { extname, join } from 'node:path'
import type { Page } from '@playwright/test'
import type { Cloud } from './cloud.ts'
import type { CannedAnswer, Fault } from './front.ts'
import { SITE } from './site.ts'

const TYPES: Readonly<Record<string, string>> = { '.html': 'text/html', '.js': 'text/javascript' }

/** Serves the test page with other headers than the server would: `{}` for none at all. */
export function serveSiteWith(cloud: Cloud, headers: Readonly<Record<string, string>>): Fault {
  return cloud.front.answer({ method: 'GET', path: /^\/(\?|$|assets\/|sw\.js)/ }, ({ path }) => {
    const { pathname } = new URL(path, cloud.url)
    const file = pathname === '/' ? 'index.html' : pathname
    const body = readFileSync(join(SITE, file), 'utf8')
    return { status: 200, headers: { 'Content-Type': TYPES[extname(file)] ?? '', ...headers }, body }
  })
}

/** Serves a text at a path. */
export function servePage(cloud: Cloud, path: string, body: string, type = 'text/html'): Fault {
  return cloud.front.answer({ path: new RegExp(`^${path.replaceAll('.', '\\.')}(\\?|$)`) }, {
    status: 200,
    headers: { 'Content-Type': type },
    body,
  } satisfies CannedAnswer)
}

/** Fills the origin's localStorage, but for so many characters, under the key `filler`. */
export async function fillLocalStorage(page: Page, left = 0): Promise<void> {
  await page.evaluate((left) => {
    let filler = ''
    for (let size = 4_000_000; size >= 1; size = Math.floor(size / 2)) {
      for (;;) {
        try {
          localStorage.setItem('filler', filler + 'x'.repeat(size))
          filler += 'x'.repeat(size)
        } catch {
          break // Full at this step: a smaller one.
        }
      }
    }
    localStorage.setItem('filler', filler.slice(left))
  }, left)
}
