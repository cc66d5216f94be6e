import type { ConversationMetadata } from '../domain/conversation.ts'
import type { MutationId } from '../domain/ids.ts'
import type { ChatMessage } from '../domain/message.ts'
import type { ConversationPage, ListPosition, MessageInput } from '../domain/service.ts'
import type { Rung } from './api.ts'
import type { AppMessage } from './app-message.ts'
import { type Connection, createConnection } from './connection.ts'
import { createEnvironment } from './environment.ts'
import { land } from './ladder.ts'
import { unavailable } from './register/unavailable.ts'
import { createSteps } from './steps.ts'

/** A message as the requirement has it; any other message with an id and a role is kept as well. */
export type Message = ChatMessage & { readonly conversationId?: string; readonly timestamp?: number }

/** The storage interface of LeanSpec's requirement, for code that is written against it. New code uses `register`. */
export interface ChatStorageAdapter {
  /** Upserts by id, grouped by `conversationId`; messages without one go to the project's latest. A shorter list deletes nothing. */
  saveConversation(projectId: string, messages: readonly (Message | AppMessage)[]): Promise<void>
  /** Messages of the project's latest conversation. */
  loadConversation(projectId: string): Promise<Message[]>
  listConversations(projectId: string): Promise<ConversationMetadata[]>
  /** To the trash. */
  deleteConversation(conversationId: string): Promise<void>
  clearProject(projectId: string): Promise<void>
}

export type AdapterOptions = {
  /** Name of the database. Default `leanspec-chat-v1`, the same that `register` uses. */
  readonly database?: string
}

const DEFAULT_DATABASE = 'leanspec-chat-v1'
const LIST_LIMIT = 500

/** What both adapters share: an engine in this page on the first of some stores that works. */
class PageAdapter implements ChatStorageAdapter {
  readonly #store: Promise<Store>

  constructor(rungs: readonly Rung[], { database = DEFAULT_DATABASE }: AdapterOptions) {
    this.#store = openStore(rungs, database)
    this.#store.catch(() => {}) // Told by the first call.
  }

  async saveConversation(projectId: string, messages: readonly (Message | AppMessage)[]): Promise<void> {
    const { call, newId } = await this.#store
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
  }

  async loadConversation(projectId: string): Promise<Message[]> {
    const { call } = await this.#store
    const latest = await call('latestConversation', { projectId })
    if (latest === null) return []
    const { messages } = await call('loadMessages', { conversationId: latest.id, limit: 0 })
    return messages.map(({ message }) => message)
  }

  async listConversations(projectId: string): Promise<ConversationMetadata[]> {
    const { call } = await this.#store
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
  }

  async deleteConversation(conversationId: string): Promise<void> {
    const { call, newId } = await this.#store
    await call('trashConversation', { mutationId: newId(), conversationId })
  }

  async clearProject(projectId: string): Promise<void> {
    const { call, newId } = await this.#store
    await call('clearProject', { mutationId: newId(), projectId })
  }

  /** Where the conversations really are. */
  async rung(): Promise<Rung> {
    return (await this.#store).rung
  }

  async close(): Promise<void> {
    await (await this.#store).close()
  }
}

/** Keeps conversations in IndexedDB, from this page; in localStorage where the browser refuses IndexedDB, else in memory. */
export class IndexedDBAdapter extends PageAdapter {
  constructor(options: AdapterOptions = {}) {
    super(['page+indexeddb', 'page+local-storage', 'memory'], options)
  }
}

/** Keeps conversations in localStorage: some megabytes. */
export class LocalStorageAdapter extends PageAdapter {
  constructor(options: AdapterOptions = {}) {
    super(['page+local-storage'], options)
  }
}

type Store = {
  readonly rung: Rung
  readonly call: Connection['call']
  readonly newId: () => MutationId
  readonly close: () => Promise<void>
}

async function openStore(rungs: readonly Rung[], baseName: string): Promise<Store> {
  const environment = createEnvironment()
  const noWorker = async () => {
    throw unavailable('Adapters run in the page.')
  }
  const steps = createSteps(environment, noWorker, async () => null)
  const landing = await land(
    steps.filter(({ rung }) => rungs.includes(rung)),
    baseName,
    environment.clock,
  )
  const { engine } = landing
  const connection = createConnection({ baseName, landing, descend: async () => landing, onChange: () => {} })
  return {
    rung: engine.rung,
    call: connection.call,
    newId: () => environment.random.id() as MutationId,
    async close() {
      environment.events.close()
      await engine.close()
    },
  }
}
