import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { ResolvedConfig } from 'vite'

const here = (relative: string) => fileURLToPath(new URL(relative, import.meta.url))
const SOURCE_ENTRY = '../../sw/main.ts'

/** True in chatkeep's own repository, where workers are bundled from source while developing. */
export const isSource = (): boolean => existsSync(here(SOURCE_ENTRY))

/** A ready-made worker of this package: beside the built plugin, or in `dist` of the repository. */
export function readyWorker(name: 'sw.js' | 'sw-app.js'): string {
  for (const candidate of [`./${name}`, `../../dist/${name}`]) {
    if (existsSync(here(candidate))) return readFileSync(here(candidate), 'utf8')
  }
  throw new Error(`chatkeep: ${name} is missing from the package. Install it again, or run its build first.`)
}

/** An app's own worker (a path from the app's root), or chatkeep's from source, as one classic script. */
export async function bundleWorker(entry: string | undefined, config: ResolvedConfig): Promise<string> {
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
        entry: entry === undefined ? here(SOURCE_ENTRY) : resolve(config.root, entry),
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
