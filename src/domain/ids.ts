declare const brand: unique symbol
type Brand<Name extends string> = string & { readonly [brand]: Name }

/** 128 bits as 22 characters of base64url. */
export type OperationId = Brand<'OperationId'>
/** Made by the page, once for each thing that a person did; repeating it repeats nothing. */
export type MutationId = Brand<'MutationId'>
/** Opaque to the client; holds epoch, sequence and digest of a point in a space's log. */
export type Cursor = Brand<'Cursor'>

/** Longest id of a conversation, message, project or tag, in UTF-16 units. */
export const MAX_ID_LENGTH = 200

const OPERATION_ID = /^[A-Za-z0-9_-]{22}$/
/** As nearly every id is. */
const PLAIN_ID = /^[!-~]{1,200}$/
const LONE_SURROGATE = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for.
const CONTROL = /[\u0000-\u001f\u007f]/

export function isOperationId(value: unknown): value is OperationId {
  return typeof value === 'string' && OPERATION_ID.test(value)
}

/** Whether a string may name a conversation, message, project or tag: 1 … 200 units, no control characters, well-formed. */
export function isId(value: unknown): value is string {
  if (typeof value !== 'string') return false
  if (PLAIN_ID.test(value)) return true
  return value.length > 0 && value.length <= MAX_ID_LENGTH && isPlainText(value)
}

/** Well-formed text without control characters: what every database keeps as it is. */
export const isPlainText = (text: string): boolean => !CONTROL.test(text) && !LONE_SURROGATE.test(text)

/** Names that would reach an object's prototype if a careless reader used them as a key. */
export function isPrototypeKey(key: string): boolean {
  return key === '__proto__' || key === 'constructor' || key === 'prototype'
}
