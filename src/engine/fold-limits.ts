import { PACK_LIMITS, type PackLimits } from './packs.ts'

/** When the older part of a conversation goes into packs, and how large these get. */
export type FoldLimits = PackLimits & {
  /** Messages. A tail longer than this is folded into packs when nothing else is to be done. */
  readonly longTail: number
  /** Messages that a fold leaves in the tail: the ones most likely to change. Less than `longTail`. */
  readonly keptTail: number
}

export const FOLD_LIMITS: FoldLimits = { longTail: 96, keptTail: 32, ...PACK_LIMITS }
