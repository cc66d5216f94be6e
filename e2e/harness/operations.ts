import { randomBytes } from 'node:crypto'
import type { OperationId } from '../../src/domain/ids.ts'
import type { PurgeOperation, SetOperation } from '../../src/domain/operation.ts'
import type { PostBody } from '../../src/domain/wire.ts'

export const anOperationId = () => randomBytes(16).toString('base64url') as OperationId

/** The operation that writes a user's message, as another client of the cloud would send it. */
export function aMessageOperation(
  conversationId: string,
  messageId: string,
  text: string,
  changes: Partial<SetOperation> = {},
  born = Date.now(),
): SetOperation {
  return {
    kind: 'set',
    id: anOperationId(),
    conversationId,
    register: `message:${messageId}`,
    stamp: born,
    overwrites: [],
    value: {
      parentId: null,
      born,
      createdAt: born,
      status: 'complete',
      message: { id: messageId, role: 'user', parts: [{ type: 'text', text }] },
    },
    ...changes,
  }
}

export const aPurgeOperation = (conversationId: string, names: readonly string[]): PurgeOperation => ({
  kind: 'purge',
  id: anOperationId(),
  conversationId,
  names: names as readonly OperationId[],
})

/** The body of a POST, from the log's beginning unless a cursor is given. */
export function aPost(
  projectId: string,
  conversationId: string,
  operations: readonly unknown[],
  cursor = '0',
): PostBody {
  return { projectId, cursor, conversations: [{ id: conversationId, operations }] } as unknown as PostBody
}
