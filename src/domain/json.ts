import { ChatkeepError } from './errors.ts'

export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [key: string]: Json | undefined }

/** Deepest nesting of a message, a settings value or a wire body. */
export const MAX_JSON_DEPTH = 100

/**
 * Throws `input/invalid`, naming the path, unless the value survives JSON unchanged: no functions, symbols, BigInts,
 * dates, maps, typed arrays, NaN, infinities, cycles or nesting beyond 100. Properties whose value is undefined are
 * allowed and dropped by JSON. An own `__proto__` key is refused because readers that copy by assignment would obey it.
 */
export function assertJson(value: unknown, what: string): asserts value is Json {
  visit(value, what, 0)
}

function visit(value: unknown, path: string, depth: number): void {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw refusal(path, String(value))
    return
  }
  if (typeof value !== 'object') throw refusal(path, `a ${typeof value}`)
  if (depth >= MAX_JSON_DEPTH) throw refusal(path, `nesting deeper than ${MAX_JSON_DEPTH} (or a cycle)`)
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++)
      visit(value[index] ?? null, `${path}[${index}]`, depth + 1)
    return
  }
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== null && prototype !== Object.prototype && Object.getPrototypeOf(prototype) !== null) {
    throw refusal(path, `a ${value.constructor?.name ?? 'class instance'}`)
  }
  for (const [key, member] of Object.entries(value)) {
    if (key === '__proto__') throw refusal(`${path}.__proto__`, 'that key')
    if (member !== undefined) visit(member, `${path}.${key}`, depth + 1)
  }
}

function refusal(path: string, found: string): ChatkeepError {
  return new ChatkeepError(
    'input/invalid',
    `${path} holds ${found}, which JSON cannot carry. Nothing was written; pass plain JSON data.`,
    { details: { path } },
  )
}

/** Bytes of a text in UTF-8, without encoding it. */
export function utf8Length(text: string): number {
  let bytes = text.length
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index)
    if (unit > 0x7f) bytes += unit > 0x7ff && (unit < 0xd800 || unit > 0xdfff) ? 2 : 1
  }
  return bytes
}

/** Deep equality of JSON values; an undefined property equals an absent one. */
export function jsonEquals(left: unknown, right: unknown): boolean {
  if (left === right) return true
  if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null) return false
  if (Array.isArray(left) || Array.isArray(right)) {
    if (!Array.isArray(left) || !Array.isArray(right) || left.length !== right.length) return false
    return left.every((member, index) => jsonEquals(member, right[index]))
  }
  const a = left as Record<string, unknown>
  const b = right as Record<string, unknown>
  for (const key of Object.keys(a))
    if (!jsonEquals(a[key], Object.hasOwn(b, key) ? b[key] : undefined)) return false
  for (const key of Object.keys(b)) if (b[key] !== undefined && !Object.hasOwn(a, key)) return false
  return true
}
