import type { ConversationMetadata } from '../domain/conversation.ts'
import type { MutationId } from '../domain/ids.ts'
import type { ChatMessage } from '../domain/message.ts'
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
  /** To the trash; with `forever` for good. */
  deleteConversation(conversationId: string, options?: { readonly forever?: boolean }): Promise<void>
  clearProject(projectId: string): Promise<void>
}

export type AdapterOptions = {
  /** Name of the database. Default `leanspec-chat-v1`, the same that `register` uses. */
  readonly database?: string
}

const DEFAULT_DATABASE = 'leanspec-chat-v1'

/** An engine in this page, on the first of some stores that works. */
export type AdapterEngine = {
  /** Where it stands now. */
  readonly rung: () => Rung
  readonly call: Connection['call']
  readonly newId: () => MutationId
  readonly close: () => Promise<void>
}

/** What both adapters share. What they do loads by itself, so that apps without adapters load nothing of it. */
class PageAdapter implements ChatStorageAdapter {
  readonly #engine: Promise<AdapterEngine>
  readonly #store: Promise<ChatStorageAdapter>

  constructor(rungs: readonly Rung[], { database = DEFAULT_DATABASE }: AdapterOptions) {
    this.#engine = openEngine(rungs, database)
    const loading = import('./adapter-store.ts')
    this.#store = this.#engine.then(async (engine) => (await loading).createAdapterStore(engine))
    this.#store.catch(() => {}) // Told by the first call.
  }

  async saveConversation(projectId: string, messages: readonly (Message | AppMessage)[]): Promise<void> {
    return (await this.#store).saveConversation(projectId, messages)
  }

  async loadConversation(projectId: string): Promise<Message[]> {
    return (await this.#store).loadConversation(projectId)
  }

  async listConversations(projectId: string): Promise<ConversationMetadata[]> {
    return (await this.#store).listConversations(projectId)
  }

  async deleteConversation(conversationId: string, options?: { readonly forever?: boolean }): Promise<void> {
    return (await this.#store).deleteConversation(conversationId, options)
  }

  async clearProject(projectId: string): Promise<void> {
    return (await this.#store).clearProject(projectId)
  }

  /** Where the conversations really are. */
  async rung(): Promise<Rung> {
    return (await this.#engine).rung()
  }

  async close(): Promise<void> {
    return (await this.#engine).close()
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

async function openEngine(rungs: readonly Rung[], baseName: string): Promise<AdapterEngine> {
  const environment = createEnvironment()
  const { clock, random, events } = environment
  const steps = createSteps(
    environment,
    () => Promise.reject(unavailable('Adapters run in the page.')),
    async () => null,
  )
  const offered = steps.filter(({ rung }) => rungs.includes(rung))
  const landOn = (among: typeof steps) => land(among, baseName, clock)
  const { call, current, close } = createConnection({
    baseName,
    landing: await landOn(offered),
    descend: ({ step }) => landOn(offered.filter((other) => other !== step)),
    onChange: () => {},
  })
  return {
    rung: () => current().engine.rung,
    call,
    newId: () => random.id() as MutationId,
    async close() {
      events.close()
      await close()
    },
  }
}
