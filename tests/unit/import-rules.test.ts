import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { checkSource } from '../../scripts/check-imports.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

const refused: [file: string, source: string][] = [
  ['src/domain/merge.ts', `import { drain } from '../engine/drain.ts'`],
  ['src/engine/sync/drain.ts', `import { openDB } from 'idb'`],
  ['src/engine/drain.ts', `import type { Store } from '../storage/memory.ts'`],
  ['src/engine/drain.ts', `type Store = import('../storage/memory.ts').Store`],
  ['src/engine/drain.ts', `const store = await import('../storage/memory.ts')`],
  ['src/engine/drain.ts', `export * from '../client/register.ts'`],
  ['src/engine/drain.ts', `import { sha256 } from '@noble/hashes/sha2.js'`],
  ['src/storage/memory.ts', `import { openDB } from 'idb'`],
  ['src/client/connect.ts', `import { wrap } from 'comlink'`],
  ['src/client/connect.ts', `import { Workbox } from 'workbox-window'`],
  ['src/client/connect.ts', `import { lifecycle } from '../../sw/lifecycle.ts'`],
  ['sw/main.ts', `import { register } from '../src/client/register.ts'`],
  ['src/react/use-chat.ts', `import { Engine } from '../engine/engine.ts'`],
  ['server/app.ts', `import { Engine } from '../src/engine/engine.ts'`],
  ['demo/main.tsx', `import { register } from '../src/index.ts'`],
  ['demo/main.tsx', `import { openDB } from 'idb'`],
  ['src/domain/clock.ts', `import { setTimeout } from 'node:timers'`],
  ['src/utils/all.ts', `export const nothing = 0`],
  ['src/engine/drain.ts', `const now = Date.now()`],
  ['src/engine/drain.ts', `const now = new Date().toISOString()`],
  ['src/rpc/page-endpoint.ts', `const id = Math['random']()`],
]

test.each(refused)('refuses in %s: %s', (file, source) => {
  expect(checkSource(file, source)).toHaveLength(1)
})

const allowed: [file: string, source: string][] = [
  ['src/domain/wire.ts', `import * as v from 'valibot'`],
  ['src/engine/sync/drain.ts', `import type { Clock } from '../../ports/clock.ts'`],
  ['src/storage/indexeddb/open.ts', `import { openDB } from 'idb'`],
  ['src/storage/indexeddb.ts', `import { openDB } from 'idb'`],
  ['src/client/register.ts', `import { Workbox } from 'workbox-window'`],
  ['src/rpc/page-endpoint.ts', `import { wrap } from 'comlink'`],
  ['sw/main.ts', `import { clientsClaim } from 'workbox-core'`],
  ['demo/main.tsx', `import { register } from 'chatkeep'`],
  ['src/domain/stamp.ts', `const shown = new Date(0)`],
  ['src/client/host.ts', `const now = Date.now()`],
]

test.each(allowed)('allows in %s: %s', (file, source) => {
  expect(checkSource(file, source)).toEqual([])
})

const globals = [
  'setTimeout(run, 1)',
  "fetch('/')",
  'navigator.onLine',
  "indexedDB.open('x')",
  'globalThis.fetch',
]

test.each(globals)('the linter refuses a browser global in the engine: %s', (source) => {
  expect(lint('src/engine/violating.ts', source)).toContain('noRestrictedGlobals')
})

test('the linter allows indexedDB in storage/indexeddb only', () => {
  expect(lint('src/storage/indexeddb/open.ts', "indexedDB.open('x')")).not.toContain('noRestrictedGlobals')
  expect(lint('src/storage/memory.ts', "indexedDB.open('x')")).toContain('noRestrictedGlobals')
})

/** Lints one file in an otherwise empty folder, with this repository's configuration. */
function lint(file: string, source: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'chatkeep-lint-'))
  try {
    mkdirSync(join(folder, dirname(file)), { recursive: true })
    copyFileSync(join(root, 'biome.json'), join(folder, 'biome.json'))
    writeFileSync(join(folder, file), `${source}\n`)
    const biome = join(root, 'node_modules/@biomejs/biome/bin/biome')
    const run = spawnSync(process.execPath, [biome, 'lint'], { cwd: folder, encoding: 'utf8' })
    return run.stdout + run.stderr
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
