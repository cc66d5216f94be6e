import fc from 'fast-check'

/** What may happen next, and how often of a hundred or so. */
const WEIGHTS = {
  send: 4,
  grow: 8,
  finish: 4,
  breakOff: 1,
  stop: 1,
  regenerate: 1,
  editQuestion: 1,
  selectBranch: 1,
  editInPlace: 1,
  loadOlder: 1,
  reload: 1,
  switchAccount: 1,
  elsewhere: 2,
  removeElsewhere: 1,
  forkElsewhere: 1,
  fillDisk: 1,
  passTime: 3,
  deliver: 14,
  settle: 3,
}

/** Something happens in one of two tabs; `n` chooses what there is to choose. */
export type Act = { readonly kind: keyof typeof WEIGHTS; readonly tab: number; readonly n: number }

const kinds = fc.oneof(
  ...Object.entries(WEIGHTS).map(([kind, weight]) => ({
    weight,
    arbitrary: fc.constant(kind as Act['kind']),
  })),
)

export const acts: fc.Arbitrary<readonly Act[]> = fc.array(
  fc.record({ kind: kinds, tab: fc.nat({ max: 1 }), n: fc.nat({ max: 20 }) }),
  { minLength: 4, maxLength: 60, size: 'max' },
)
