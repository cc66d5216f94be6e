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
  const fault = faultIn(value, 0)
  if (fault !== undefined) throw refusal(`${what}${fault.path}`, fault.found)
}

/** What JSON cannot carry. Its path is put together on the way back, so that values without a fault cost no texts. */
type Fault = { readonly path: string; readonly found: string }

function faultIn(value: unknown, depth: number): Fault | undefined {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return undefined
  if (typeof value === 'number')
    return Number.isFinite(value) ? undefined : { path: '', found: String(value) }
  if (value === undefined) return { path: '', found: 'undefined' }
  if (typeof value !== 'object') return { path: '', found: `a ${typeof value}` }
  if (depth >= MAX_JSON_DEPTH)
    return { path: '', found: `nesting deeper than ${MAX_JSON_DEPTH} (or a cycle)` }
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++) {
      const fault = faultIn(value[index] ?? null, depth + 1)
      if (fault !== undefined) return { ...fault, path: `[${index}]${fault.path}` }
    }
    return undefined
  }
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== null && prototype !== Object.prototype && Object.getPrototypeOf(prototype) !== null)
    return { path: '', found: `a ${value.constructor?.name ?? 'class instance'}` }
  const record = value as Readonly<Record<string, unknown>>
  for (const key of Object.keys(record)) {
    if (key === '__proto__') return { path: '.__proto__', found: 'that key' }
    const member = record[key]
    const fault = member === undefined ? undefined : faultIn(member, depth + 1)
    if (fault !== undefined) return { ...fault, path: `.${key}${fault.path}` }
  }
  return undefined
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
