import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url))
const DIST = path('../dist/')

/** Bundles the page with the built package and serves both; what `dist` holds later does not matter any more. */
export async function servePage(): Promise<{ readonly origin: string; close(): void }> {
  if (!existsSync(`${DIST}index.js`) || !existsSync(`${DIST}sw.js`)) {
    throw new Error('There is no dist/index.js or dist/sw.js: run `npm run build` first.')
  }
  const files = await bundle(path('./page/main.ts'), 'main')
  files.set('/sw.js', await readFile(`${DIST}sw.js`))
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost')
    const file = files.get(pathname)
    response.setHeader('cache-control', 'no-cache')
    response.setHeader('content-type', file === undefined ? 'text/html' : 'text/javascript')
    response.end(
      file ??
        '<!doctype html><meta charset="utf-8"><title>bench</title><script type="module" src="/main.js"></script>',
    )
  })
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve))
  return {
    origin: `http://localhost:${(server.address() as AddressInfo).port}`,
    close: () => {
      server.closeAllConnections()
      server.close()
    },
  }
}

/** An app's files by path, minified, split where the package loads on demand. */
async function bundle(entry: string, name: string): Promise<Map<string, Uint8Array>> {
  const { outputFiles } = await build({
    entryPoints: { [name]: entry },
    bundle: true,
    minify: true,
    splitting: true,
    format: 'esm',
    target: 'esnext',
    outdir: '/',
    write: false,
    logLevel: 'error',
    alias: { chatkeep: `${DIST}index.js`, 'chatkeep/react': `${DIST}react.js` },
    external: ['react', 'react/jsx-runtime', 'react-dom'],
    define: { 'process.env.NODE_ENV': '"production"' },
  })
  return new Map(outputFiles.map((file) => [file.path.replaceAll('\\', '/'), file.contents]))
}
