import { createRandom } from './page/messages.ts'
import { medianOf } from './page/workloads.ts'

export { medianOf }

export type Ratio = { readonly value: number; readonly low: number; readonly high: number }

const RESAMPLES = 2_000

/** Ratio of the medians of two series of the same rounds, with its 95 % bootstrap interval (rounds are resampled together). */
export function ratioOfMedians(values: readonly number[], base: readonly number[]): Ratio {
  const random = createRandom(1)
  const ratios: number[] = []
  for (let resample = 0; resample < RESAMPLES; resample++) {
    const picks = values.map(() => Math.floor(random() * values.length))
    ratios.push(
      medianOf(picks.map((pick) => values[pick] ?? 0)) / medianOf(picks.map((pick) => base[pick] ?? 0)),
    )
  }
  ratios.sort((a, b) => a - b)
  return {
    value: medianOf(values) / medianOf(base),
    low: ratios[Math.floor(RESAMPLES * 0.025)] ?? 0,
    high: ratios[Math.ceil(RESAMPLES * 0.975) - 1] ?? 0,
  }
}
