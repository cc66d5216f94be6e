import { createHash } from 'node:crypto'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { isAbsolute } from 'node:path'
import { fileURLToPath } from 'node:url'
import react from '@vitejs/plugin-react'
import {
  type BuildEnvironmentOptions,
  defineConfig,
  type EnvironmentOptions,
  type Plugin,
  type PluginOption,
  type UserConfig,
} from 'vite'

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url))

/** By name in `dist`, what runs in pages, and in an app's own worker. */
const LIBRARY_ENTRIES = {
  index: 'src/index.ts',
  react: 'src/react/index.ts',
  'ai-sdk': 'src/ai-sdk/index.ts',
  testing: 'src/testing/index.ts',
  worker: 'sw/index.ts',
}
/** By name in `dist`, what runs in Node. */
const NODE_ENTRIES = {
  vite: 'src/vite/index.ts',
  'server/index': 'server/index.ts',
  'server/main': 'server/main.ts',
}
/** By file in `dist`, classic self-contained scripts. Their names never change, so that browsers find the next version. */
const WORKERS = {
  worker: { file: 'sw.js', entry: 'sw/main.ts' },
  app: { file: 'sw-app.js', entry: 'sw/app.ts' },
  kill: { file: 'sw-kill.js', entry: 'sw/kill.ts' },
}
const DEMO_PAGE = 'demo/index.html'
/** In this order: the demo is built from the package in `dist`. */
const BUILD_ORDER = ['library', 'node', 'worker', 'app', 'kill', 'client']

export default defineConfig(
  async ({ command }): Promise<UserConfig> => ({
    root: path('./demo'),
    define: { __BUILD__: JSON.stringify(buildId()) },
    // The demo imports `chatkeep` as an app would. While developing that is the source, in a build the built package.
    resolve: command === 'serve' ? { alias: SOURCE_ALIASES } : {},
    plugins: [...forDemo(react()), ...forDemo(await workerPlugin()), pageStaysLight()],
    server: { fs: { allow: [path('.')] } },
    environments: {
      ...present('library', LIBRARY_ENTRIES, (entry) => ({
        consumer: 'client',
        build: esModules(entry, 'es2022'),
      })),
      ...present('node', NODE_ENTRIES, (entry) => ({
        consumer: 'server',
        build: esModules(entry, 'node22'),
      })),
      ...classicScript('worker'),
      ...classicScript('app'),
      ...classicScript('kill'),
      client: {
        build: {
          outDir: path('./demo/dist'),
          emptyOutDir: true,
          sourcemap: true,
          reportCompressedSize: false,
          rolldownOptions: { input: path(DEMO_PAGE) },
        },
      },
    },
    builder: {
      async buildApp(builder) {
        await rm(path('./dist'), { recursive: true, force: true })
        for (const name of BUILD_ORDER) {
          const environment = builder.environments[name]
          if (environment && (name !== 'client' || existsSync(path(DEMO_PAGE))))
            await builder.build(environment)
          else throw new Error(`There is no entry to build for ${name}.`)
        }
      },
    },
  }),
)

const SOURCE_ALIASES = [
  { find: /^chatkeep$/, replacement: path('./src/index.ts') },
  { find: /^chatkeep\/(react|ai-sdk)$/, replacement: path('./src/$1/index.ts') },
]

function present(
  name: string,
  entries: Record<string, string>,
  environment: (entries: Record<string, string>) => EnvironmentOptions,
): Record<string, EnvironmentOptions> {
  const found: Record<string, string> = {}
  for (const [key, file] of Object.entries(entries)) {
    if (existsSync(path(file))) found[key] = path(file)
  }
  return Object.keys(found).length === 0 ? {} : { [name]: environment(found) }
}

/** One module per entry, what they share in `chunks`; dependencies stay imports. */
function esModules(entry: Record<string, string>, target: string): BuildEnvironmentOptions {
  return {
    outDir: path('./dist'),
    emptyOutDir: false,
    copyPublicDir: false,
    target,
    minify: false,
    sourcemap: true,
    reportCompressedSize: false,
    lib: { entry, formats: ['es'] },
    rolldownOptions: {
      external: (id) => !id.startsWith('.') && !id.startsWith('\0') && !isAbsolute(id),
      output: { entryFileNames: '[name].js', chunkFileNames: 'chunks/[name]-[hash].js' },
    },
  }
}

function classicScript(name: keyof typeof WORKERS): Record<string, EnvironmentOptions> {
  const { file, entry } = WORKERS[name]
  return present(name, { [name]: entry }, () => ({
    consumer: 'client',
    define: { 'process.env.NODE_ENV': JSON.stringify('production') },
    build: {
      outDir: path('./dist'),
      emptyOutDir: false,
      copyPublicDir: false,
      target: 'es2022',
      minify: true,
      sourcemap: false,
      reportCompressedSize: false,
      lib: { entry: path(entry), formats: ['iife'], name: 'chatkeep', fileName: () => file },
      rolldownOptions: { output: { codeSplitting: false } },
    },
  }))
}

/** What a page loads at once holds neither the engine nor the schema library: the worker has them. */
function pageStaysLight(): Plugin {
  const PAGE_ENTRIES = ['index', 'react', 'ai-sdk']
  return {
    name: 'chatkeep:page-stays-light',
    applyToEnvironment: (environment) => environment.name === 'library',
    generateBundle(_options, bundle) {
      for (const entry of PAGE_ENTRIES) {
        for (const file of staticClosure(`${entry}.js`)) {
          const chunk = bundle[file]
          const modules = chunk?.type === 'chunk' ? Object.keys(chunk.modules) : [file]
          const heavy = modules.find((id) => id === 'valibot' || id.startsWith(path('./src/engine/')))
          if (heavy) this.error(`${entry} loads ${heavy} at once: import it on demand`)
        }
      }
      function staticClosure(file: string, seen = new Set<string>()): Set<string> {
        if (!seen.has(file)) {
          seen.add(file)
          const chunk = bundle[file]
          if (chunk?.type === 'chunk') for (const imported of chunk.imports) staticClosure(imported, seen)
        }
        return seen
      }
    },
  }
}

/** The package's own plugin, from source, which gives the demo its worker. */
async function workerPlugin(): Promise<PluginOption> {
  const source = new URL('./src/vite/index.ts', import.meta.url)
  if (!existsSync(source)) return []
  const { chatkeep } = await import(source.href)
  return chatkeep({ precache: true })
}

function forDemo(plugins: PluginOption): PluginOption[] {
  return [plugins].flat(3).map((plugin) => {
    if (!plugin || plugin instanceof Promise || Array.isArray(plugin)) return plugin
    const { applyToEnvironment }: Plugin = plugin
    return {
      ...plugin,
      applyToEnvironment: (environment) =>
        environment.name === 'client' && (applyToEnvironment?.(environment) ?? true),
    }
  })
}

/** Version and content of what is built, so that equal sources have equal ids wherever they are built. */
function buildId(): string {
  const { version } = JSON.parse(readFileSync(path('./package.json'), 'utf8'))
  const hash = createHash('sha256')
  for (const file of globSync('{src,sw,server}/**/*.{ts,tsx}', { cwd: path('.') }).sort()) {
    hash.update(file.replaceAll('\\', '/')).update(readFileSync(path(`./${file}`)))
  }
  return `${version}+${hash.digest('hex').slice(0, 8)}`
}
