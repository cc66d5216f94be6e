import type { Key, Range } from '../ports/storage.ts'

/** Whether a value can be a key: a number but NaN, a string, or an array of keys. */
export function isKey(value: unknown): value is Key {
  if (typeof value === 'string') return true
  if (typeof value === 'number') return !Number.isNaN(value)
  return Array.isArray(value) && value.every(isKey)
}

/** IndexedDB's order of keys: numbers before strings before arrays; negative when `a` comes first, 0 when they are equal. */
export function compareKeys(a: Key, b: Key): number {
  if (typeof a === 'string') return typeof b === 'string' ? compare(a, b) : typeof b === 'number' ? 1 : -1
  if (typeof a === 'number') return typeof b === 'number' ? compare(a, b) : -1
  if (typeof b !== 'object') return 1
  const shared = Math.min(a.length, b.length)
  for (let index = 0; index < shared; index++) {
    const order = compareKeys(a[index] as Key, b[index] as Key)
    if (order !== 0) return order
  }
  return a.length - b.length
}

function compare<T extends string | number>(a: T, b: T): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** Whether no key can lie in the range; IndexedDB refuses to build such a range. */
export function isEmptyRange(range: Range): boolean {
  if (range.lower === undefined || range.upper === undefined) return false
  const order = compareKeys(range.lower, range.upper)
  return order > 0 || (order === 0 && (range.lowerOpen === true || range.upperOpen === true))
}

/** Whether a key lies in the range. */
export function isInRange(key: Key, { lower, upper, lowerOpen = false, upperOpen = false }: Range): boolean {
  const above = lower === undefined ? 1 : compareKeys(key, lower)
  const below = upper === undefined ? -1 : compareKeys(key, upper)
  return (lowerOpen ? above > 0 : above >= 0) && (upperOpen ? below < 0 : below <= 0)
}

/**
 * The key that a record has under a key path; undefined when a property is missing or cannot be a key (a sparse index
 * leaves such a record out).
 */
export function extractKey(record: object, keyPath: string | readonly string[]): Key | undefined {
  if (typeof keyPath === 'string') return propertyKey(record, keyPath)
  const key: Key[] = []
  for (const name of keyPath) {
    const member = propertyKey(record, name)
    if (member === undefined) return undefined
    key.push(member)
  }
  return key
}

function propertyKey(record: object, name: string): Key | undefined {
  const value: unknown = Object.hasOwn(record, name) ? (record as Record<string, unknown>)[name] : undefined
  return isKey(value) ? value : undefined
}
