import { hash } from 'node:crypto'
import type { Hashing } from '../../src/ports/random.ts'

/** The engine's hash, injected and synchronous: 22 characters of base64url. */
export const quickHashing: Hashing = {
  hash: (text) => hash('sha256', text, 'base64url').slice(0, 22),
}
