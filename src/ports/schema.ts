import type { StoreName } from './records.ts'

/** How a store finds its records. */
export type StoreSchema = {
  /** A property name, or several for a compound key. Absent: see `autoIncrement`. */
  readonly keyPath: string | readonly string[]
  readonly autoIncrement?: true
  readonly indexes?: Readonly<Record<string, string | readonly string[]>>
}

/** Version of the layout. Additive within a major. */
export const SCHEMA_VERSION = 2
/** The oldest build's schema that may write what this one writes; stored in `settings` under `minReader`. */
export const MIN_READER = 2

/** The stores of a database, for every backend. */
export const SCHEMA: Readonly<Record<StoreName, StoreSchema>> = {
  conversations: {
    keyPath: 'id',
    indexes: { byProject: ['projectId', 'shelf', 'lastMessageAt', 'id'] },
  },
  messages: { keyPath: ['conversationId', 'born', 'id'], indexes: { byId: ['conversationId', 'id'] } },
  packs: { keyPath: ['conversationId', 'firstBorn', 'firstId'] },
  seen: { keyPath: ['conversationId', 'register'] },
  outbox: {
    keyPath: 'sequence',
    autoIncrement: true,
    indexes: { byConversation: ['conversationId', 'sequence'] },
  },
  sync_metadata: { keyPath: 'key' },
  drafts: { keyPath: ['conversationId', 'messageId'], indexes: { byLease: ['leaseUntil'] } },
  mutations: { keyPath: 'mutationId', indexes: { byAge: ['createdAt'] } },
  blobs: { keyPath: 'hash' },
  search: { keyPath: 'key' },
  settings: { keyPath: 'name' },
  commits: { keyPath: 'number', autoIncrement: true },
}
export const STORE_NAMES = Object.keys(SCHEMA) as StoreName[]
