import { FAULTS, type FaultName, PLAIN_FAULTS } from './faults.ts'

/** Seeds in which each fault fired at least once. */
export type FaultCounts = Readonly<Record<string, number>>

/** A fault that fires more rarely than this is not tested. */
const LEAST_SHARE = 0.01
/** Below so many histories a share says nothing. */
const LEAST_HISTORIES = 500

/** How many of a hundred seeds each fault fired in. */
export function faultTable(counts: FaultCounts, histories: number, isPlain: boolean): string {
  const names = isPlain ? [...FAULTS, ...PLAIN_FAULTS] : FAULTS
  const cells = names.map((name) => {
    const share = (100 * (counts[name] ?? 0)) / Math.max(1, histories)
    return `${name.padEnd(20)}${share.toFixed(1).padStart(6)} %`
  })
  const lines: string[] = []
  for (let start = 0; start < cells.length; start += 3)
    lines.push(`  ${cells.slice(start, start + 3).join('   ')}`)
  return ['seeds in which each fault fired:', ...lines].join('\n')
}

/** Faults that fire in less than 1 % of the seeds; none as long as there are too few seeds to tell. */
export function rareFaults(counts: FaultCounts, histories: number): readonly FaultName[] {
  if (histories < LEAST_HISTORIES) return []
  return FAULTS.filter((name) => (counts[name] ?? 0) < LEAST_SHARE * histories)
}
