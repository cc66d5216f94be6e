import { type Outcome, runHistory } from './history.ts'

/** Most histories that are tried on the way to a shorter one. */
const MOST_TRIES = 150

/**
 * The shortest history found in which the same invariant breaks: steps are left out, first many at once, then one by one. Each step
 * has dice of its own, so what stays happens as before, as far as it can.
 */
export async function shrink(failed: Outcome): Promise<Outcome & { readonly skipped: ReadonlySet<number> }> {
  const invariant = failed.broken?.invariant
  let best = { ...failed, skipped: new Set<number>() as ReadonlySet<number> }
  const count = failed.planned
  const { isPlain } = failed
  let tries = 0
  for (let size = Math.ceil(count / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let start = 0; start < count && tries < MOST_TRIES; start += size) {
      const block = Array.from({ length: Math.min(size, count - start) }, (_, index) => start + index)
      if (block.every((step) => best.skipped.has(step))) continue
      const skipped = new Set([...best.skipped, ...block])
      tries += 1
      const outcome = await runHistory(failed.seed, { skipped, isPlain })
      if (outcome.broken?.invariant === invariant) best = { ...outcome, skipped }
    }
  }
  return {
    ...(await runHistory(failed.seed, { skipped: best.skipped, isTraced: true, isPlain })),
    skipped: best.skipped,
  }
}
