import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ResolvedConfig, Rolldown } from 'vite'

/** What the precaching worker is told; its other end is `sw/serve-precached.ts`. */
export type AppBuild = {
  readonly entries: readonly { readonly url: string; readonly revision: string | null }[]
  readonly page: string | null
  readonly networkOnly: readonly string[]
}

/** Larger files are left to the network: the browser may refuse to keep them, and the whole build with them. */
const MAX_FILE_BYTES = 5 * 1024 * 1024
const NEVER_CACHED = /\.map$|(^|\/)\./
/** Vite's own names: a hash of eight characters before the extension. */
const HASHED = /-[\w-]{8}\.\w+$/

type Bundle = Readonly<Record<string, Rolldown.OutputAsset | Rolldown.OutputChunk>>

/** Every file of the build and of the public folder, with the revision by which a changed one is found. */
export function appBuildOf(parts: {
  readonly bundle: Bundle
  readonly config: Pick<ResolvedConfig, 'publicDir' | 'logger'> & {
    readonly build: Pick<ResolvedConfig['build'], 'copyPublicDir' | 'assetsDir'>
  }
  readonly networkOnly: readonly string[]
  readonly fileName: string
}): AppBuild {
  const { bundle, config, networkOnly, fileName } = parts
  const contents = new Map<string, string | Uint8Array>()
  if (config.build.copyPublicDir && config.publicDir !== '') {
    for (const [name, content] of filesOf(config.publicDir)) contents.set(name, content)
  }
  for (const [name, output] of Object.entries(bundle)) {
    contents.set(name, output.type === 'chunk' ? output.code : output.source)
  }
  const entries: { url: string; revision: string | null }[] = []
  for (const [url, content] of [...contents].sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (url === fileName || NEVER_CACHED.test(url)) continue
    if (content.length > MAX_FILE_BYTES) {
      config.logger.warn(`chatkeep: ${url} is larger than 5 MB and will need the network.`)
      continue
    }
    const isHashed = url.startsWith(`${config.build.assetsDir}/`) && HASHED.test(url)
    entries.push({
      url,
      revision: isHashed ? null : createHash('sha256').update(content).digest('hex').slice(0, 16),
    })
  }
  return { entries, page: contents.has('index.html') ? 'index.html' : null, networkOnly }
}

function* filesOf(folder: string): Generator<[name: string, content: Uint8Array]> {
  if (!existsSync(folder)) return
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const path = join(entry.parentPath, entry.name)
    yield [path.slice(folder.length + 1).replaceAll('\\', '/'), readFileSync(path)]
  }
}
