import { randomBytes } from 'node:crypto'
import type { OperationId } from '../../src/domain/ids.ts'
import type { SetOperation } from '../../src/domain/operation.ts'

const TEXT = 'The quick brown fox jumps over the lazy dog while nobody but the hound is watching it. '.repeat(
  5,
)

let born = 1_700_000_000_000

/** New messages of one conversation, about 650 bytes each on the wire. */
export function newMessages(conversationId: string, count: number): SetOperation[] {
  return Array.from({ length: count }, (_, index) => {
    born += 1
    const random = randomBytes(28)
    const messageId = random.toString('base64url', 16)
    const role = index % 2 === 0 ? 'user' : 'assistant'
    return {
      kind: 'set',
      id: random.toString('base64url', 0, 16) as OperationId,
      conversationId,
      register: `message:${messageId}`,
      stamp: born,
      overwrites: [],
      value: {
        parentId: null,
        born,
        createdAt: born,
        status: 'complete',
        message: { id: messageId, role, parts: [{ type: 'text', text: `${TEXT}${born}` }] },
      },
    }
  })
}
