import { randomBytes } from 'node:crypto'
import { type ChatkeepServerOptions, createChatkeepServer } from '../../../server/create-server.ts'
import { openStorage } from '../../../server/storage/open-storage.ts'
import { ACCOUNT_HEADER, accountToHeader } from '../../../src/domain/account-header.ts'
import type { Cursor, OperationId } from '../../../src/domain/ids.ts'
import type { PresentMessage, RemovedMessage } from '../../../src/domain/message.ts'
import type { PurgeOperation, SetOperation, StubOperation } from '../../../src/domain/operation.ts'
import { CURSOR_ZERO } from '../../../src/domain/wire.ts'

export const anId = () => randomBytes(16).toString('base64url') as OperationId

let born = 1_700_000_000_000

/** The envelope of a message, each a millisecond after the one before. */
export function aMessageValue(id: string, overrides: Partial<PresentMessage> = {}): PresentMessage {
  born += 1
  return {
    parentId: null,
    born,
    createdAt: born,
    status: 'complete',
    message: { id, role: 'user', parts: [{ type: 'text', text: `text of ${id}` }] },
    ...overrides,
  }
}

export function aMessage(
  conversationId: string,
  messageId: string,
  overrides: Partial<SetOperation> = {},
  value: PresentMessage | RemovedMessage = aMessageValue(messageId),
): SetOperation {
  return aSet(conversationId, `message:${messageId}`, value, overrides)
}

export function aSet(
  conversationId: string,
  register: string,
  value: unknown,
  overrides: Partial<SetOperation> = {},
): SetOperation {
  born += 1
  return {
    kind: 'set',
    id: anId(),
    conversationId,
    register,
    stamp: born,
    overwrites: [],
    value,
    ...overrides,
  }
}

export const aStub = (of: SetOperation): StubOperation => ({
  kind: 'stub',
  id: of.id,
  conversationId: of.conversationId,
  register: of.register,
  overwrites: of.overwrites,
})

export const aPurge = (conversationId: string, names: readonly OperationId[]): PurgeOperation => ({
  kind: 'purge',
  id: anId(),
  conversationId,
  names,
})

/** The whole app on a database in memory; the bearer's text is the account. */
export async function aServer(options: Partial<ChatkeepServerOptions> = {}) {
  const storage = options.storage ?? (await openStorage('sqlite::memory:'))
  const chatkeep = createChatkeepServer({
    storage,
    authenticate: (request) => {
      const account =
        request.headers.get('Authorization')?.replace('Bearer ', '') ?? request.headers.get('Cookie')
      return account ? { accountId: account, email: `${account}@example.com` } : null
    },
    ...options,
  })

  /** Asks as an account, with its header and JSON. */
  async function ask(
    account: string,
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Response> {
    return chatkeep.app.request(`http://cloud.test/api/v1/chat${path}`, {
      method,
      headers: {
        Authorization: `Bearer ${account}`,
        [ACCOUNT_HEADER]: accountToHeader(account),
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
  }

  return {
    ...chatkeep,
    storage,
    ask,
    post: (
      account: string,
      operations: readonly { conversationId: string }[],
      cursor: string = CURSOR_ZERO,
      projectId = 'p',
    ) =>
      ask(account, 'POST', '/conversations', {
        projectId,
        cursor,
        conversations: byConversation(operations),
      }),
    delta: async (account: string, cursor: string = CURSOR_ZERO, projectId = 'p', more = '') =>
      (await ask(account, 'GET', `/conversations?projectId=${projectId}&cursor=${cursor}${more}`)).json(),
    list: async (account: string, projectId = 'p', more = '') =>
      (await ask(account, 'GET', `/conversations?projectId=${projectId}${more}`)).json(),
  }
}

export function byConversation(operations: readonly { conversationId: string }[]) {
  const ids = [...new Set(operations.map((operation) => operation.conversationId))]
  return ids.map((id) => ({
    id,
    operations: operations.filter((operation) => operation.conversationId === id),
  }))
}

export const asCursor = (text: string) => text as Cursor
