import { readFileSync } from 'node:fs'
import { extname, join } from 'node:path'
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
