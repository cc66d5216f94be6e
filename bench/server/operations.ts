import { randomBytes } from 'node:crypto'
import { aMessageOperation } from '../../e2e/harness/operations.ts'
import type { SetOperation } from '../../src/domain/operation.ts'

const TEXT = 'The quick brown fox jumps over the lazy dog while nobody but the hound is watching it. '.repeat(
  5,
)

/** New messages of one conversation, about 650 bytes each on the wire. */
export function newMessages(conversationId: string, count: number): SetOperation[] {
  return Array.from({ length: count }, (_, index) =>
    aMessageOperation(conversationId, randomBytes(9).toString('base64url'), `${TEXT}${index}`),
  )
}
