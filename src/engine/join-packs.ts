import { isLatin1 } from '../domain/text-run.ts'

/**
 * The texts of packs, oldest first, as few texts as there may be: one that is longer than 128 KiB lies in a place of its own in an engine's memory, while
 * short ones are copied as long as they live. What needs one byte a unit stands apart from what needs two.
 */
export function joinPacks(packs: readonly string[]): string[] {
  const texts: string[] = []
  let from = 0
  for (const [index, pack] of packs.entries()) {
    const next = packs[index + 1]
    if (next !== undefined && isLatin1(next) === isLatin1(pack)) continue
    texts.push(`[${packs.slice(from, index + 1).join(',')}]`)
    from = index + 1
  }
  return texts
}
