import { medianOf, type Ratio, ratioOfMedians } from './statistics.ts'
import { LIMITS, TARGETS } from './targets.ts'

/** Values by row and contender, one per round. */
export type Results = Map<string, Map<string, number[]>>

export function addResult(results: Results, row: string, contender: string, value: number): void {
  const byContender = results.get(row) ?? new Map<string, number[]>()
  results.set(row, byContender)
  byContender.set(contender, [...(byContender.get(contender) ?? []), value])
}

/** The two tables: medians, and ratios beside their targets. */
export function toMarkdown(results: Results, contenders: readonly string[]): string {
  return [...medianTable(results, contenders), '', ...ratioTable(results)].join('\n')
}

function medianTable(results: Results, contenders: readonly string[]): string[] {
  const lines = [`| median | ${contenders.join(' | ')} |`, `|---|${contenders.map(() => '---:|').join('')}`]
  for (const [row, values] of results) {
    const cells = contenders.map((contender) => show(values.get(contender)))
    const limit = LIMITS[row]
    lines.push(`| ${row}${limit === undefined ? '' : ` (at most ${limit})`} | ${cells.join(' | ')} |`)
  }
  return lines
}

function ratioTable(results: Results): string[] {
  const lines = [
    '| chatkeep ÷ … | target | ratio | 95 % | control idb ÷ raw | reached |',
    '|---|---:|---:|---:|---:|---|',
  ]
  for (const { row, against, atMost, withoutHop, required, note } of TARGETS) {
    const [measured, base, control, raw] = ['chatkeep', against, 'idb', 'raw'].map((name) =>
      results.get(row)?.get(name),
    )
    const hops = withoutHop === true ? results.get('worker hop')?.get('chatkeep') : []
    if (measured === undefined || base === undefined || hops === undefined) continue
    const ours = measured.map((ms, round) => ms - (hops[round] ?? 0))
    const ratio = ratioOfMedians(ours, base)
    const spread = control === undefined || raw === undefined ? undefined : ratioOfMedians(control, raw)
    const verdict = verdictOf(ratio, atMost, spread, required === true)
    const title = `${row} ÷ ${against}${note === undefined ? '' : ` (${note})`}`
    lines.push(
      `| ${title} | ≤ ${atMost} | ${ratio.value.toFixed(2)} | ${interval(ratio)} | ${interval(spread)} | ${verdict} |`,
    )
  }
  return lines
}

/** A control that strays further than this says that the machine was busy: then only a reached target means something. */
const QUIET = 1.3

function verdictOf(ratio: Ratio, atMost: number, spread: Ratio | undefined, isRequired: boolean): string {
  if (ratio.value <= atMost) return 'yes'
  if (spread !== undefined && (spread.high > QUIET || spread.low < 1 / QUIET))
    return 'undecided: busy machine'
  if (ratio.low <= atMost * Math.max(1, spread?.high ?? 1)) return 'within the spread'
  return isRequired ? '**no**' : 'no'
}

function interval(ratio: Ratio | undefined): string {
  return ratio === undefined ? '–' : `${ratio.low.toFixed(2)}–${ratio.high.toFixed(2)}`
}

function show(values: readonly number[] | undefined): string {
  if (values === undefined || values.length === 0) return '–'
  const median = medianOf(values)
  return median >= 100 ? median.toFixed(0) : median >= 10 ? median.toFixed(1) : median.toFixed(2)
}
