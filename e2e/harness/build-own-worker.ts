import { fileURLToPath } from 'node:url'
import { build, type Rolldown } from 'vite'

const ENTRY = fileURLToPath(new URL('page/own-worker.ts', import.meta.url))

/** The script of an app's own worker that calls `installChatkeep`, as its bundler makes it. */
export async function buildOwnWorker(): Promise<string> {
  const built = await build({
    configFile: false,
    logLevel: 'warn',
    define: { 'process.env.NODE_ENV': '"production"' },
    build: { write: false, lib: { entry: ENTRY, formats: ['iife'], name: 'ownWorker' } },
  })
  const [first] = [built].flat() as Rolldown.RolldownOutput[]
  const chunk = first?.output[0]
  if (chunk === undefined) throw new Error('Nothing was built.')
  return chunk.code
}
