import type { TextStorage } from '../../../src/storage/local-storage/text-storage.ts'

export type FakeTextStorage = TextStorage & {
  /** A copy of what it holds. */
  snapshot(): Map<string, string>
}

/** A `localStorage` in memory with a quota in UTF-16 units; `onWrite` is called before each change and may throw. */
export function createTextStorage(
  options: { quotaUnits?: number; entries?: Map<string, string>; onWrite?: () => void } = {},
): FakeTextStorage {
  const { quotaUnits = Number.POSITIVE_INFINITY, onWrite } = options
  const entries = new Map(options.entries)
  let used = 0
  for (const [key, value] of entries) used += key.length + value.length
  return {
    get length() {
      return entries.size
    },
    key: (index) => Array.from(entries.keys())[index] ?? null,
    getItem: (key) => entries.get(key) ?? null,
    setItem: (key, value) => {
      onWrite?.()
      const before = entries.get(key)
      const after = used - (before === undefined ? 0 : key.length + before.length) + key.length + value.length
      if (after > quotaUnits) throw new DOMException('full', 'QuotaExceededError')
      entries.set(key, value)
      used = after
    },
    removeItem: (key) => {
      onWrite?.()
      const before = entries.get(key)
      if (before === undefined) return
      entries.delete(key)
      used -= key.length + before.length
    },
    snapshot: () => new Map(entries),
  }
}
