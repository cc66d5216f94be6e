import { readFile, realpath } from 'node:fs/promises'
import { extname, join, resolve, sep } from 'node:path'

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.gif': 'image/gif',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.jpg': 'image/jpeg',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.map': 'application/json; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.wasm': 'application/wasm',
  '.webmanifest': 'application/manifest+json',
  '.webp': 'image/webp',
  '.woff2': 'font/woff2',
}

const SECURITY_HEADERS = {
  'Content-Security-Policy':
    "default-src 'self'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data: blob:; worker-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
}

/** Vite's names: `name-<hash of 8>.js` below `assets/`. */
const HASHED = /\/assets\/.+-[\w-]{8,}\.\w+$/

/**
 * Serves a built web app from a folder. A navigation to a path that is no file gets `index.html`; anything else that is
 * missing (a script, the worker) is a 404 and never HTML. Undefined: not for this handler.
 */
export function createStaticFiles(folder: string): (request: Request) => Promise<Response | undefined> {
  const root = resolve(folder)

  async function read(path: string): Promise<Response | undefined> {
    try {
      const file = await realpath(join(root, path))
      if (!file.startsWith((await realpath(root)) + sep)) return undefined
      const bytes = await readFile(file)
      const cache = HASHED.test(path) ? 'public, max-age=31536000, immutable' : 'no-cache'
      const type = TYPES[extname(file).toLowerCase()] ?? 'application/octet-stream'
      return new Response(bytes, {
        headers: { 'Content-Type': type, 'Cache-Control': cache, ...SECURITY_HEADERS },
      })
    } catch {
      // No such file, or a folder.
      return undefined
    }
  }

  return async (request) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') return undefined
    let path: string
    try {
      path = decodeURIComponent(new URL(request.url).pathname)
    } catch {
      return undefined
    }
    if (path.includes('\0')) return undefined
    const found = await read(path === '/' ? '/index.html' : path)
    if (found !== undefined) return found
    return isNavigation(request, path) ? read('/index.html') : undefined
  }
}

function isNavigation(request: Request, path: string): boolean {
  if (extname(path) !== '') return false
  const mode = request.headers.get('Sec-Fetch-Mode')
  return mode === null ? (request.headers.get('Accept') ?? '').includes('text/html') : mode === 'navigate'
}
