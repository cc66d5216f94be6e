const MAX_PLAIN_DEPTH = 150

/**
 * A deep copy as `structuredClone` makes it, and several times faster for what records are made of: plain objects,
 * arrays, texts, numbers. Anything else (and anything suspiciously deep) is left to `structuredClone`, which throws on
 * what cannot be cloned.
 */
export function copyRecord<T>(value: T): T {
  const copied = copyPlain(value, 0)
  return copied === UNCOMMON ? structuredClone(value) : (copied as T)
}

const UNCOMMON = Symbol('uncommon')

function copyPlain(value: unknown, depth: number): unknown {
  if (isPrimitive(value)) return value
  if (typeof value !== 'object' || value === null || depth > MAX_PLAIN_DEPTH) return UNCOMMON
  if (Array.isArray(value)) {
    const copied = new Array<unknown>(value.length)
    for (let index = 0; index < value.length; index++) {
      const given: unknown = value[index]
      const member = isPrimitive(given) ? given : copyPlain(given, depth + 1)
      if (member === UNCOMMON) return UNCOMMON
      copied[index] = member
    }
    return copied
  }
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) return UNCOMMON
  const copied: Record<string, unknown> = {}
  for (const key of Object.keys(value)) {
    // Assigning this one would set the copy's prototype.
    if (key === '__proto__') return UNCOMMON
    const given = (value as Record<string, unknown>)[key]
    const member = isPrimitive(given) ? given : copyPlain(given, depth + 1)
    if (member === UNCOMMON) return UNCOMMON
    copied[key] = member
  }
  return copied
}

/** What needs no copy, and is by far the most that records are made of. */
function isPrimitive(value: unknown): boolean {
  const type = typeof value
  return (
    type === 'string' ||
    type === 'number' ||
    type === 'boolean' ||
    value === null ||
    value === undefined ||
    type === 'bigint'
  )
}
