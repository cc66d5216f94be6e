import { sha256 } from '@noble/hashes/sha2.js'
import { BASE64URL_DIGITS } from '../domain/base64url.ts'
import type { Hashing } from '../ports/random.ts'

const HASH_BYTES = 16
const SHORT = 512

/** SHA-256 in plain JavaScript: synchronous, and there on insecure origins where `crypto.subtle` is not. */
export function createSha256Hashing(): Hashing {
  const encoder = new TextEncoder()
  const buffer = new Uint8Array(SHORT)
  return { hash: (text) => toBase64Url(sha256(bytesOf(text)).subarray(0, HASH_BYTES)) }

  /** Names are short and mostly ASCII: copying those costs a tenth of encoding them. */
  function bytesOf(text: string): Uint8Array {
    if (text.length > SHORT) return encoder.encode(text)
    for (let index = 0; index < text.length; index++) {
      const unit = text.charCodeAt(index)
      if (unit > 0x7f) return encoder.encode(text)
      buffer[index] = unit
    }
    return buffer.subarray(0, text.length)
  }
}

function toBase64Url(bytes: Uint8Array): string {
  let text = ''
  for (let index = 0; index < bytes.length; index += 3) {
    const group = ((bytes[index] ?? 0) << 16) | ((bytes[index + 1] ?? 0) << 8) | (bytes[index + 2] ?? 0)
    for (const shift of [18, 12, 6, 0]) text += BASE64URL_DIGITS[(group >> shift) & 63]
  }
  return text.slice(0, Math.ceil((bytes.length * 8) / 6))
}
