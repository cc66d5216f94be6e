import { CORE_RULES } from './core.ts'
import { DATA_RULES } from './data.ts'
import { DEVICE_RULES } from './device.ts'
import { FREED_RULES } from './freed.ts'
import { OWN_RULES } from './own.ts'
import { PACK_RULES } from './packs.ts'
import { PLAIN_RULES } from './plain.ts'
import type { Rule } from './rule.ts'
import { TAB_RULES } from './tabs.ts'

/** Every rule that can be taken away with `--without`. */
export const RULES: readonly Rule[] = [
  ...CORE_RULES,
  ...DATA_RULES,
  ...DEVICE_RULES,
  ...TAB_RULES,
  ...FREED_RULES,
  ...OWN_RULES,
  ...PACK_RULES,
  ...PLAIN_RULES,
]
