import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Script } from 'node:vm'
import { build, createServer, resolveConfig } from 'vite'
import { afterEach, expect, test } from 'vitest'
import { type ChatkeepPluginOptions, chatkeep } from '../../../src/vite/index.ts'

const folders: string[] = []
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})

/** An app with a lazy part, a public file, and a worker of its own that needs nothing of ours. */
function createApp(): string {
  const root = mkdtempSync(join(tmpdir(), 'chatkeep-vite-'))
  folders.push(root)
  mkdirSync(join(root, 'public', 'icons'), { recursive: true })
  const files = {
    'index.html': '<!doctype html><title>app</title><script type="module" src="./main.js"></script>',
    'main.js':
      'globalThis.url = typeof __CHATKEEP_WORKER_URL__ === "string" ? __CHATKEEP_WORKER_URL__ : "none"; import("./lazy.js")',
    'lazy.js': 'export const lazy = true',
    'worker.js':
      'import { answer } from "./answer.js"; self.addEventListener("message", () => answer(self.__CHATKEEP_APP__))',
    'answer.js': 'export const answer = (app) => console.log("own worker", app)',
    'public/favicon.svg': '<svg/>',
    'public/icons/big.png': 'x'.repeat(6 * 1024 * 1024),
    'public/.hidden': 'x',
  }
  for (const [name, text] of Object.entries(files)) writeFileSync(join(root, name), text)
  return root
}

async function buildApp(options: ChatkeepPluginOptions, base = '/') {
  const root = createApp()
  const outDir = join(root, 'dist')
  await build({
    configFile: false,
    root,
    base,
    logLevel: 'error',
    plugins: [chatkeep({ worker: 'worker.js', ...options })],
    build: { outDir, sourcemap: true },
  })
  return { read: (name: string) => readFileSync(join(outDir, name), 'utf8') }
}

/** What a classic worker would find before its own code. */
function appBuildIn(script: string) {
  const scope: Record<string, any> = { addEventListener: () => {} }
  new Script(script).runInNewContext({ self: scope, console })
  return scope.__CHATKEEP_APP__
}

test('a build has the worker beside index.html, as one classic script under a name without a hash', async () => {
  const { read } = await buildApp({})
  const script = read('sw.js')
  expect(script).toContain('own worker')
  expect(script).not.toMatch(/^\s*(import|export)\b/m)
  expect(appBuildIn(script)).toBeUndefined()
})

test("register learns the worker's place below the app's base", async () => {
  const { read } = await buildApp({}, '/some/where/')
  const page = read('index.html')
  const main = /assets\/index-[\w-]+\.js/.exec(page)?.[0] ?? ''
  expect(read(main)).toContain('/some/where/sw.js')
})

test('precaching names every file of the build with its revision, and nothing that may not be cached', async () => {
  const { read } = await buildApp({ precache: true, networkOnly: ['/chat-api/'] })
  const { entries, page, networkOnly } = appBuildIn(read('sw.js'))
  const urls = entries.map(({ url }: { url: string }) => url)
  expect(urls).toContain('index.html')
  expect(urls).toContain('favicon.svg')
  expect(urls.filter((url: string) => url.startsWith('assets/'))).toHaveLength(2)
  for (const never of [/\.map$/, /^sw\.js$/, /hidden/, /big\.png/]) expect(urls.join('\n')).not.toMatch(never)
  for (const { url, revision } of entries) {
    if (url.startsWith('assets/')) expect(revision).toBeNull()
    else expect(revision).toMatch(/^[0-9a-f]{16}$/)
  }
  expect(page).toBe('index.html')
  expect(networkOnly).toEqual(['/chat-api/'])
})

test('while developing the worker is bundled on demand, at its place below the base, without precaching', async () => {
  const root = createApp()
  const server = await createServer({
    configFile: false,
    root,
    base: '/app/',
    logLevel: 'error',
    plugins: [chatkeep({ worker: 'worker.js', precache: true })],
    server: { port: 0, host: '127.0.0.1', watch: null },
  })
  try {
    await server.listen()
    const origin = new URL(server.resolvedUrls?.local[0] ?? '').origin
    const response = await fetch(`${origin}/app/sw.js`)
    expect(response.headers.get('content-type')).toBe('text/javascript')
    expect(response.headers.get('cache-control')).toBe('no-cache')
    const script = await response.text()
    expect(script).toContain('own worker')
    expect(appBuildIn(script)).toBeUndefined()
    expect(await (await fetch(`${origin}/app/main.js`)).text()).toContain('"/app/sw.js"')
  } finally {
    await server.close()
  }
})

test('while developing, CommonJS behind the peers that an app has is made ready by Vite', async () => {
  const root = createApp()
  for (const name of ['react', 'ai']) {
    mkdirSync(join(root, 'node_modules', name), { recursive: true })
    writeFileSync(join(root, 'node_modules', name, 'package.json'), '{}')
  }
  const { optimizeDeps } = await resolveConfig(
    { configFile: false, root, plugins: [chatkeep()], logLevel: 'silent' },
    'serve',
  )
  expect(optimizeDeps.exclude).toEqual(['chatkeep'])
  expect(optimizeDeps.include).toEqual(['react', 'react/jsx-runtime', 'ai'])
})
