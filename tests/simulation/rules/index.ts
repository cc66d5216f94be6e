import { CORE_RULES } from './core.ts'
import type { Rule } from './rule.ts'

/** Every rule that can be taken away with `--without`. */
export const RULES: readonly Rule[] = [...CORE_RULES]
