import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { ResolvedConfig } from 'vite'

const here = (relative: string) => fileURLToPath(new URL(relative, import.meta.url))
/** By ready-made worker, its source in chatkeep's own repository. */
const SOURCES = { 'sw.js': '../../sw/main.ts', 'sw-app.js': '../../sw/app.ts' } as const
export type ReadyWorker = keyof typeof SOURCES

/** While developing in chatkeep's own repository the source is newer than what was built. */
export const isSource = (): boolean => existsSync(here(SOURCES['sw.js']))

/** A ready-made worker: beside the built plugin, in `dist` of the repository, or bundled from source there. */
export async function readyWorker(name: ReadyWorker, config: ResolvedConfig): Promise<string> {
  for (const candidate of [`./${name}`, `../../dist/${name}`]) {
    if (existsSync(here(candidate))) return readFileSync(here(candidate), 'utf8')
  }
  if (isSource()) return bundleWorker(here(SOURCES[name]), config)
  throw new Error(`chatkeep: ${name} is missing from the package. Install it again.`)
}

/** chatkeep's worker from source, in its own repository. */
export const bundleSource = (config: ResolvedConfig): Promise<string> =>
  bundleWorker(here(SOURCES['sw.js']), config)

/** A worker's source file, by its path from the app's root, as one classic script. */
export async function bundleWorker(entry: string, config: ResolvedConfig): Promise<string> {
  const { build } = await import('vite')
  const result = await build({
    configFile: false,
    root: config.root,
    mode: config.mode,
    logLevel: 'warn',
    resolve: { alias: config.resolve.alias },
    define: {
      __BUILD__: '"development"',
      ...config.define,
      'process.env.NODE_ENV': JSON.stringify(config.mode),
    },
    build: {
      write: false,
      copyPublicDir: false,
      target: 'es2022',
      minify: config.command === 'build',
      lib: {
        entry: resolve(config.root, entry),
        formats: ['iife'],
        name: 'worker',
        fileName: 'sw',
      },
      rolldownOptions: { output: { codeSplitting: false } },
    },
  })
  const outputs = Array.isArray(result) ? result : [result]
  const [chunk] = outputs.flatMap((one) => ('output' in one ? one.output : []))
  if (chunk?.type !== 'chunk') throw new Error('chatkeep: the worker could not be bundled.')
  return chunk.code
}
