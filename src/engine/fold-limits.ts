import { PACK_BYTES } from './packs.ts'

/** When the older part of a conversation goes into packs, and how large these get. */
export type FoldLimits = {
  /** Messages. A tail longer than this is folded into packs when nothing else is to be done. */
  readonly longTail: number
  /** Messages that a fold leaves in the tail: the ones most likely to change. Less than `longTail`. */
  readonly keptTail: number
  /** Size at which a fold closes a pack, in bytes. */
  readonly packBytes: number
}

export const FOLD_LIMITS: FoldLimits = { longTail: 96, keptTail: 32, packBytes: PACK_BYTES }
