import type { MutationId } from '../domain/ids.ts'
import type { FinishDraft, ImportedConversation } from '../domain/service.ts'
import type { ChatkeepClient, Saved } from './api.ts'
import { toInput } from './app-message.ts'
import type { Connection } from './connection.ts'

/** The reads and commands of the client: what an app calls, as calls of the engine. */
export type Conversations = Pick<
  ChatkeepClient,
  | 'listConversations'
  | 'getConversation'
  | 'latestConversation'
  | 'listProjects'
  | 'loadMessages'
  | 'createConversation'
  | 'appendMessages'
  | 'saveMessages'
  | 'importConversations'
  | 'editMessage'
  | 'removeMessage'
  | 'selectLeaf'
  | 'renameConversation'
  | 'addTag'
  | 'removeTag'
  | 'archiveConversation'
  | 'pinConversation'
  | 'deleteConversation'
  | 'restoreConversation'
  | 'clearProject'
  | 'saveComposer'
  | 'loadComposer'
  | 'getSetting'
  | 'setSetting'
  | 'listQuarantined'
  | 'retryQuarantined'
>

export function createConversations(parts: {
  readonly connection: Connection
  /** Resolves when the cloud has shown back the command that was given to that database. */
  readonly whenSynced: (mutationId: MutationId, database: string) => Promise<void>
  readonly defaultProjectId: string
  readonly newId: () => string
  /** Called after each command that left something for the cloud. */
  readonly onSaved: () => void
}): Conversations & {
  readonly finishDraft: (
    draft: Omit<FinishDraft, 'mutationId'>,
    id: MutationId,
    database: string,
  ) => Promise<Saved>
} {
  const { connection, whenSynced, defaultProjectId, newId, onSaved } = parts

  /** Gives the act its id, and its result the promise of the cloud, which is followed only when somebody looks at it. */
  async function command<R extends object>(
    run: (mutationId: MutationId) => Promise<R>,
    mutationId = newId() as MutationId,
    database = connection.current().session.database,
  ): Promise<Saved<R>> {
    const result = await run(mutationId)
    const isQueued = !('queued' in result) || result.queued === true
    if (isQueued) onSaved()
    let promise: Promise<void> | undefined
    return {
      ...result,
      get synced() {
        promise ??= isQueued ? whenSynced(mutationId, database) : Promise.resolve()
        return promise
      },
    }
  }

  return {
    listConversations: ({ projectId = defaultProjectId, ...query } = {}) =>
      connection.call('listConversations', { projectId, ...query }),
    getConversation: (conversationId) => connection.call('getConversation', { conversationId }),
    latestConversation: (projectId = defaultProjectId) =>
      connection.call('latestConversation', { projectId }),
    listProjects: async () => (await connection.call('listProjects', {})).projects,
    loadMessages: (conversationId, query = {}) =>
      connection.call('loadMessages', { ...query, conversationId }),

    createConversation: ({ id = newId(), projectId = defaultProjectId, ...rest } = {}) =>
      command((mutationId) =>
        connection.call('createConversation', { mutationId, projectId, conversationId: id, ...rest }),
      ),
    appendMessages: (conversationId, messages, { projectId = defaultProjectId, ...rest } = {}) =>
      command((mutationId) =>
        connection.call('appendMessages', {
          mutationId,
          projectId,
          conversationId,
          messages: messages.map(toInput),
          ...rest,
        }),
      ),
    saveMessages: (conversationId, messages, { projectId = defaultProjectId } = {}) =>
      command((mutationId) =>
        connection.call('saveMessages', {
          mutationId,
          projectId,
          conversationId,
          messages: messages.map(toInput),
        }),
      ),
    importConversations: (conversations, { projectId = defaultProjectId } = {}) =>
      command((mutationId) =>
        connection.call('importConversations', {
          mutationId,
          projectId,
          conversations: conversations as readonly ImportedConversation[], // As `toChatMessage`, without a copy.
        }),
      ),
    editMessage: (conversationId, message) =>
      command((mutationId) =>
        connection.call('editMessage', { mutationId, conversationId, message: toInput(message) }),
      ),
    removeMessage: (conversationId, messageId) =>
      command((mutationId) => connection.call('removeMessage', { mutationId, conversationId, messageId })),
    selectLeaf: (conversationId, messageId) =>
      command((mutationId) => connection.call('selectLeaf', { mutationId, conversationId, messageId })),

    renameConversation: (conversationId, title) =>
      command((mutationId) => connection.call('renameConversation', { mutationId, conversationId, title })),
    addTag: (conversationId, tag) =>
      command((mutationId) => connection.call('setTag', { mutationId, conversationId, tag, present: true })),
    removeTag: (conversationId, tag) =>
      command((mutationId) => connection.call('setTag', { mutationId, conversationId, tag, present: false })),
    archiveConversation: (conversationId, value = true) =>
      command((mutationId) => connection.call('setArchived', { mutationId, conversationId, value })),
    pinConversation: (conversationId, value = true) =>
      command((mutationId) => connection.call('setPinned', { mutationId, conversationId, value })),
    deleteConversation: (conversationId) =>
      command((mutationId) => connection.call('trashConversation', { mutationId, conversationId })),
    restoreConversation: (conversationId) =>
      command((mutationId) => connection.call('restoreConversation', { mutationId, conversationId })),
    finishDraft: (draft, id, database) =>
      command(
        (mutationId) => connection.callIn(database, 'finishDraft', { mutationId, ...draft }),
        id,
        database,
      ),
    clearProject: (projectId = defaultProjectId) =>
      command((mutationId) => connection.call('clearProject', { mutationId, projectId })),

    saveComposer: (conversationId, text) =>
      connection.call('saveComposer', { projectId: defaultProjectId, conversationId, text }),
    loadComposer: async (conversationId) => (await connection.call('loadComposer', { conversationId })).text,
    getSetting: async (name) => (await connection.call('getSetting', { name })).value,
    setSetting: (name, value) => connection.call('setSetting', { name, value }),
    listQuarantined: () => connection.call('listQuarantined', {}),
    async retryQuarantined(sequence) {
      await connection.call('retryQuarantined', { sequence })
      onSaved()
    },
  }
}
