import type { TabOptions } from './tab.ts'

/** What a page may have to do without. `indexeddb-open`: it is there, and opening a database fails. */
export type Feature =
  | 'worker'
  | 'indexeddb'
  | 'indexeddb-open'
  | 'local-storage'
  | 'locks'
  | 'broadcast-channel'

/** Options of a tab that lacks features from before its first script on (`page/public/assets/missing-features.js`), in any browser. */
export const without = (...features: readonly Feature[]): TabOptions => ({
  path: `/?without=${features.join(',')}`,
})
