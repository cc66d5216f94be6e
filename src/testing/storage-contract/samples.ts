import type { OperationId } from '../../domain/ids.ts'
import type { ConversationRecord } from '../../ports/records/conversation.ts'
import type { MessageRecord } from '../../ports/records/message.ts'
import type { OutboxRecord } from '../../ports/records/outbox.ts'

/** A message record with a text; the id follows from `born` unless it is given. */
export function aMessage(
  conversationId: string,
  born: number,
  id = `m${born}`,
  text = `text of ${id}`,
): MessageRecord {
  const message = { id, role: 'user', parts: [{ type: 'text', text }] }
  return {
    conversationId,
    born,
    id,
    parentId: null,
    heads: [
      {
        id: `operation-${id}`.padEnd(22, '0') as OperationId,
        stamp: born,
        overwrites: [],
        value: { parentId: null, born, createdAt: born, status: 'complete', message },
      },
    ],
  }
}

export function aConversation(id: string, lastMessageAt: number, projectId = 'project'): ConversationRecord {
  return {
    id,
    projectId,
    shelf: 'open',
    lastMessageAt,
    createdAt: 1,
    firstId: null,
    title: id,
    titleFrom: null,
    messageCount: 0,
    preview: '',
    archived: false,
    pinned: false,
    trashed: false,
    tags: [],
    revision: 1,
    registers: {},
    leafId: null,
    newest: null,
    linear: true,
    conflicts: [],
    packedCount: 0,
    tailCount: 0,
  }
}

/** An outbox row without a sequence: the store makes it. */
export function aRow(conversationId: string): OutboxRecord {
  return {
    conversationId,
    projectId: 'project',
    mutationId: '',
    state: 'waiting',
    operations: [],
    bytes: 0,
    createdAt: 1,
  }
}
