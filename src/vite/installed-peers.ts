import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join, resolve } from 'node:path'

const PEERS: readonly { readonly name: string; readonly imports: readonly string[] }[] = [
  { name: 'react', imports: ['react', 'react/jsx-runtime'] },
  { name: 'ai', imports: ['ai'] },
  { name: '@ai-sdk/react', imports: ['@ai-sdk/react'] },
]

/**
 * What of our peers an app has. Vite does not look for CommonJS behind packages that it was told to leave as they are, and AI
 * SDK has some.
 */
export function installedPeers(root: string): readonly string[] {
  const require = createRequire(join(resolve(root), 'package.json'))
  const isInstalled = (name: string) =>
    require.resolve.paths(name)?.some((folder) => existsSync(join(folder, name, 'package.json'))) === true
  return PEERS.filter(({ name }) => isInstalled(name)).flatMap(({ imports }) => imports)
}
