import type { ConversationMetadata } from '../domain/conversation.ts'
import type { ConversationPage, ListPosition } from '../domain/service/conversation-list.ts'
import type { MessageInput } from '../domain/service/message-commands.ts'
import type { AdapterEngine, ChatStorageAdapter, Message } from './adapters.ts'

const LIST_LIMIT = 500

/** The requirement's interface over an engine in this page. */
export function createAdapterStore({ call, newId }: AdapterEngine): ChatStorageAdapter {
  return {
    async saveConversation(projectId, messages) {
      const latest = async () => (await call('latestConversation', { projectId }))?.id ?? newId()
      const inputsById = new Map<string, MessageInput[]>()
      let unnamed: string | undefined
      for (const message of messages as readonly Message[]) {
        unnamed ??= message.conversationId === undefined ? await latest() : undefined
        const conversationId = message.conversationId ?? unnamed ?? ''
        const inputs = inputsById.get(conversationId) ?? []
        inputsById.set(conversationId, inputs)
        inputs.push(message.timestamp === undefined ? { message } : { message, createdAt: message.timestamp })
      }
      for (const [conversationId, inputs] of inputsById) {
        await call('saveMessages', { mutationId: newId(), projectId, conversationId, messages: inputs })
      }
    },

    async loadConversation(projectId) {
      const latest = await call('latestConversation', { projectId })
      if (latest === null) return []
      const { messages } = await call('loadMessages', { conversationId: latest.id, limit: 0 })
      return messages.map(({ message }) => message)
    },

    async listConversations(projectId) {
      const listed: ConversationMetadata[] = []
      let after: ListPosition | null = null
      do {
        const page: ConversationPage = await call('listConversations', {
          projectId,
          limit: LIST_LIMIT,
          ...(after === null ? {} : { after }),
        })
        listed.push(...page.conversations)
        after = page.next
      } while (after !== null)
      return listed
    },

    async deleteConversation(conversationId, { forever = false } = {}) {
      const command = { mutationId: newId(), conversationId }
      await (forever ? call('purgeConversation', command) : call('trashConversation', command))
    },
    async clearProject(projectId) {
      await call('clearProject', { mutationId: newId(), projectId })
    },
  }
}
