/** What the files below one folder may import. Other files of the same folder are always allowed. */
export type ImportRule = {
  /** Folders, or single files, of this repository. `any` lifts the restriction. */
  readonly folders: readonly string[] | 'any'
  /** Packages by name, with all their subpaths; `node:` stands for Node's own modules. */
  readonly packages: readonly string[] | 'any'
  /** Whether time and randomness come through ports: `Date.now`, `new Date()` and `Math.random` are refused. */
  readonly pure?: true
}

const PUBLIC_ENTRY_POINTS = ['chatkeep']
const ENGINE_PARTS = [
  'src/engine',
  'src/storage',
  'src/streams',
  'src/rpc',
  'src/browser',
  'src/ports',
  'src/hashing',
  'src/domain',
]
const NODE = 'node:'

/**
 * Who may import whom. The rule with the longest matching path applies. Some rules name one file or folder inside another
 * because a dependency has exactly one owner: only `storage/indexeddb` knows idb, only `rpc` knows comlink.
 */
export const IMPORT_RULES: Readonly<Record<string, ImportRule>> = {
  'src/domain': { folders: [], packages: ['valibot'], pure: true },
  'src/ports': { folders: ['src/domain'], packages: [], pure: true },
  'src/streams': { folders: ['src/domain'], packages: [], pure: true },
  'src/engine': { folders: ['src/ports', 'src/domain'], packages: ['valibot'], pure: true },
  'src/hashing': { folders: ['src/ports', 'src/domain'], packages: ['@noble/hashes'], pure: true },
  'src/storage': { folders: ['src/ports', 'src/domain'], packages: [], pure: true },
  'src/storage/indexeddb': {
    folders: ['src/storage', 'src/ports', 'src/domain'],
    packages: ['idb'],
    pure: true,
  },
  // Clock, network, locks, events and randomness as browsers have them, for both roots.
  'src/browser': { folders: ['src/ports', 'src/domain'], packages: [] },
  'src/rpc': { folders: ['src/domain'], packages: ['comlink'], pure: true },

  // The two composition roots, which never import each other.
  'src/client': { folders: ENGINE_PARTS, packages: [] },
  'src/client/register': { folders: ['src/client', ...ENGINE_PARTS], packages: ['workbox-window'] },
  sw: { folders: ENGINE_PARTS, packages: ['workbox-core', 'workbox-precaching'] },

  'src/react': { folders: ['src/client', 'src/domain'], packages: ['react'] },
  'src/ai-sdk': {
    folders: ['src/react', 'src/client', 'src/streams', 'src/domain'],
    packages: ['react', 'ai', '@ai-sdk/react'],
  },
  'src/assistant-ui': {
    folders: ['src/react', 'src/client', 'src/streams', 'src/domain'],
    packages: ['react', 'ai', '@assistant-ui/react'],
  },
  'src/vite': { folders: [], packages: ['vite', NODE] },
  'src/testing': { folders: ['src/engine', 'src/storage', 'src/ports', 'src/domain'], packages: [] },
  'src/index.ts': { folders: ['src/client', 'src/storage', 'src/ports', 'src/domain'], packages: [] },

  server: {
    folders: ['src/domain'],
    packages: [
      'hono',
      '@hono/node-server',
      'kysely',
      'better-auth',
      'pg',
      'valibot',
      '@valibot/to-json-schema',
      NODE,
    ],
  },
  'server/demo-chat': { folders: ['server', 'src/domain'], packages: ['ai', 'hono', NODE] },
  demo: {
    folders: [],
    packages: [
      ...PUBLIC_ENTRY_POINTS,
      'react',
      'react-dom',
      'ai',
      '@ai-sdk/react',
      '@base-ui/react',
      '@tanstack/react-virtual',
      'react-markdown',
      'rehype-sanitize',
      'remark-gfm',
    ],
  },
  examples: { folders: [], packages: 'any' },

  tests: { folders: 'any', packages: 'any' },
  e2e: { folders: 'any', packages: 'any' },
  bench: { folders: 'any', packages: 'any' },
  scripts: { folders: ['src/domain', 'package.json'], packages: 'any' },
  toolchain: { folders: [], packages: [] },
}
