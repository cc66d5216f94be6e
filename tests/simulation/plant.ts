import { registerHooks } from 'node:module'
import { fileURLToPath } from 'node:url'
import type { Patch, Rule } from './rules/rule.ts'

const ROOT = new URL('../../', import.meta.url)

/**
 * Takes a rule away: the real source is patched while it is loaded, so no production code knows of it. Has to run before any of it
 * is imported. A text that is not there (any more) is an error.
 */
export function plant({ patches }: Rule): void {
  const patchesByUrl = Map.groupBy(patches, ({ file }) => new URL(file, ROOT).href)
  registerHooks({
    load(url, context, nextLoad) {
      const loaded = nextLoad(url, context)
      const mine = patchesByUrl.get(url)
      if (mine === undefined) return loaded
      const source =
        typeof loaded.source === 'string'
          ? loaded.source
          : Buffer.from(loaded.source as Uint8Array).toString()
      return { ...loaded, source: mine.reduce(patched, source) }
    },
  })
}

/** The source with one patch; throws unless the text stands there exactly once. */
export function patched(source: string, { file, find, replace }: Patch): string {
  const parts = source.split(find)
  if (parts.length !== 2)
    throw new Error(
      `${fileURLToPath(new URL(file, ROOT))}: the text of a planted bug stands there ${parts.length - 1} times, not once:\n${find}`,
    )
  return parts.join(replace)
}
