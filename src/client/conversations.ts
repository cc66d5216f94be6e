import { ChatkeepError, type ErrorCode } from '../domain/errors.ts'
import type { MutationId } from '../domain/ids.ts'
import type { Command } from '../domain/service/command.ts'
import type { FinishDraft } from '../domain/service/draft.ts'
import type { MessagePage } from '../domain/service/message-page.ts'
import type { ConversationService } from '../domain/service.ts'
import type { ChatkeepClient, Saved } from './api.ts'
import { type AppMessage, type AppMessageInput, toInput } from './app-message.ts'
import type { Answer, Argument, Connection } from './connection.ts'

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
  | 'conflicts'
  | 'resolveConflicts'
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
  | 'getRetention'
  | 'setRetention'
  | 'confirmAutomation'
  | 'getSetting'
  | 'setSetting'
  | 'listQuarantined'
  | 'retryQuarantined'
>

type WriteOptions = {
  readonly projectId?: string
  readonly accountId?: string | null
}

/** Methods that carry the id of an act. */
type CommandMethod = {
  [M in keyof ConversationService]: Argument<ConversationService[M]> extends Command ? M : never
}[keyof ConversationService]

export function createConversations(parts: {
  readonly connection: Connection
  /** Resolves when the cloud has shown back the command that was given to that database. */
  readonly whenSynced: (mutationId: MutationId, database: string) => Promise<void>
  readonly defaultProjectId: string
  readonly newId: () => string
  /** Called after each command that left something for the cloud. */
  readonly onSaved: () => void
  /** Called with each project that is listed. */
  readonly onListed: (projectId: string) => void
}): Conversations & {
  readonly finishDraft: (
    draft: Omit<FinishDraft, 'mutationId'>,
    id: MutationId,
    database: string,
  ) => Promise<Saved>
} {
  const { connection, whenSynced, defaultProjectId, newId, onSaved, onListed } = parts

  /** Gives the act its id, and its result the promise of the cloud, which is followed only when somebody looks at it. */
  async function act<M extends CommandMethod>(
    method: M,
    argument: Omit<Argument<ConversationService[M]>, 'mutationId'>,
    mutationId = newId() as MutationId,
    owner?: string,
  ): Promise<Saved<Answer<ConversationService[M]>>> {
    const { call, callIn, current } = connection
    const { database } = owner === undefined ? current().session : { database: owner }
    const command = { mutationId, ...argument } as Argument<ConversationService[M]>
    const run = () => (owner === undefined ? call(method, command) : callIn(owner, method, command))
    const result = await run().catch(async (error: unknown) => {
      // Known from the cloud's list only: its content comes first, so that nothing is written over it unseen.
      for (let absent = absentIn(error); absent !== null; ) {
        await call('fetchConversation', { conversationId: absent })
        try {
          return await run()
        } catch (again) {
          const next = absentIn(again)
          if (next === null || next === absent) throw again
          absent = next
        }
      }
      throw error
    })
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

  function write(
    method: 'appendMessages' | 'saveMessages',
    conversationId: string,
    messages: readonly (AppMessage | AppMessageInput)[],
    { projectId = defaultProjectId, accountId, ...rest }: WriteOptions = {},
  ) {
    const inputs = messages?.map?.(toInput) ?? messages // What is no list the engine refuses.
    const argument = { projectId, conversationId, messages: inputs, ...rest }
    return act(method, argument, undefined, connection.databaseOf(accountId))
  }

  return {
    listConversations({ projectId = defaultProjectId, ...query } = {}) {
      onListed(projectId)
      return connection.call('listConversations', { projectId, ...query })
    },
    getConversation: (conversationId) => connection.call('getConversation', { conversationId }),
    latestConversation: (projectId = defaultProjectId) =>
      connection.call('latestConversation', { projectId }),
    listProjects: async () => (await connection.call('listProjects', {})).projects,
    async loadMessages(conversationId, query = {}) {
      const load = () => connection.call('loadMessages', { ...query, conversationId })
      let page: MessagePage | undefined
      let damage: unknown
      try {
        page = await load()
        if (page.absent !== true) return page
      } catch (error) {
        if (!isOf(error, 'storage/corrupt')) throw error
        damage = error
      }
      try {
        await connection.call('fetchConversation', { conversationId })
      } catch (error) {
        // What came with the deltas is shown; of nothing at all the reason is said, and of damage what happened before why it stays.
        if (page?.messages.length) return page
        throw damage ?? error
      }
      return load()
    },

    createConversation: ({ id = newId(), projectId = defaultProjectId, ...rest } = {}) =>
      act('createConversation', { projectId, conversationId: id, ...rest }),
    appendMessages: (conversationId, messages, options) =>
      write('appendMessages', conversationId, messages, options),
    saveMessages: (conversationId, messages, options) =>
      write('saveMessages', conversationId, messages, options),
    async importConversations(conversations, options = {}) {
      const { importInCalls } = await import('./import-conversations.ts')
      const { projectId = defaultProjectId } = options
      return importInCalls(conversations, options, (part) => act('importTexts', { projectId, ...part }))
    },
    editMessage: (conversationId, message) =>
      act('editMessage', { conversationId, message: toInput(message) }),
    removeMessage: (conversationId, messageId, options = {}) =>
      act('removeMessage', { conversationId, messageId, ...options }),
    selectLeaf: (conversationId, messageId) => act('selectLeaf', { conversationId, messageId }),

    conflicts: async (conversationId) => (await connection.call('conflicts', { conversationId })).conflicts,
    resolveConflicts: async (records) =>
      (await import('./rarely.ts')).resolveConflicts(records, (command) => act('resolveConflict', command)),

    renameConversation: (conversationId, title) => act('renameConversation', { conversationId, title }),
    addTag: (conversationId, tag) => act('setTag', { conversationId, tag, present: true }),
    removeTag: (conversationId, tag) => act('setTag', { conversationId, tag, present: false }),
    archiveConversation: (conversationId, value = true) => act('setArchived', { conversationId, value }),
    pinConversation: (conversationId, value = true) => act('setPinned', { conversationId, value }),
    deleteConversation: (conversationId, { forever = false } = {}) =>
      act(forever ? 'purgeConversation' : 'trashConversation', { conversationId }),
    restoreConversation: (conversationId) => act('restoreConversation', { conversationId }),
    finishDraft: (draft, id, database) => act('finishDraft', draft, id, database),
    clearProject: (projectId = defaultProjectId) => act('clearProject', { projectId }),

    saveComposer: (conversationId, text) =>
      connection.call('saveComposer', { projectId: defaultProjectId, conversationId, text }),
    loadComposer: async (conversationId) => (await connection.call('loadComposer', { conversationId })).text,
    getRetention: (projectId = defaultProjectId) => connection.call('getRetention', { projectId }),
    setRetention: (policy, { projectId = defaultProjectId } = {}) =>
      connection.call('setRetention', { projectId, policy }),
    confirmAutomation: () => connection.call('confirmAutomation', {}),
    getSetting: async (name) => (await connection.call('getSetting', { name })).value,
    setSetting: (name, value) => connection.call('setSetting', { name, value }),
    listQuarantined: () => connection.call('listQuarantined', {}),
    async retryQuarantined(sequence) {
      await connection.call('retryQuarantined', { sequence })
      onSaved()
    },
  }
}

const isOf = (error: unknown, code: ErrorCode): error is ChatkeepError =>
  error instanceof ChatkeepError && error.code === code

function absentIn(error: unknown): string | null {
  if (!isOf(error, 'sync/absent')) return null
  const { conversationId } = error.details
  return typeof conversationId === 'string' ? conversationId : null
}
