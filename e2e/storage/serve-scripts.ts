import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { build } from 'vite'

export type ScriptServer = { readonly origin: string; close(): Promise<void> }

/**
 * Bundles scripts and serves each as `/<name>.js`, and under every other path an empty page that loads `page.js`. What
 * `routes` names is answered by its function instead; a script in any context can so ask the test for something.
 */
export async function serveScripts(
  scripts: Readonly<Record<string, string>>,
  routes: Readonly<Record<string, (query: URLSearchParams) => Promise<unknown>>> = {},
): Promise<ScriptServer> {
  const bundled = await bundle(scripts)
  const server = createServer(async (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost')
    const route = routes[pathname]
    const script = bundled.get(pathname)
    if (route !== undefined) {
      const answer = await route(searchParams).catch((error: unknown) => ({ error: String(error) }))
      response.setHeader('content-type', 'application/json').end(JSON.stringify(answer ?? null))
    } else if (script !== undefined) {
      response.setHeader('content-type', 'text/javascript').end(script)
    } else {
      response.setHeader('content-type', 'text/html')
      response.end('<!doctype html><meta charset="utf-8"><script type="module" src="/page.js"></script>')
    }
  })
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve))
  return {
    origin: `http://localhost:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
}

async function bundle(scripts: Readonly<Record<string, string>>): Promise<Map<string, string>> {
  const result = await build({
    configFile: false,
    logLevel: 'error',
    build: {
      write: false,
      minify: false,
      modulePreload: false,
      target: 'esnext',
      rolldownOptions: {
        input: scripts,
        output: { format: 'es', entryFileNames: '[name].js', chunkFileNames: '[name].js' },
      },
    },
  })
  const outputs = Array.isArray(result) ? result : [result]
  return new Map(
    outputs
      .flatMap((output) => ('output' in output ? output.output : []))
      .flatMap((chunk) => (chunk.type === 'chunk' ? [[`/${chunk.fileName}`, chunk.code] as const] : [])),
  )
}
