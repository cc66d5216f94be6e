import type { Shelf } from '../domain/conversation.ts'
import type { ErrorRecord } from '../domain/errors.ts'
import type { Cursor, MutationId, OperationId } from '../domain/ids.ts'
import type { Head } from '../domain/merge.ts'
import type { ChatMessage, MessageValue } from '../domain/message.ts'
import type { Operation } from '../domain/operation.ts'

/** Everything that is known of a conversation but its messages. Key: `id`. */
export type ConversationRecord = {
  readonly id: string
  readonly projectId: string
  /** `gone`: a purge left nothing that a list would show. The record stays, with what the cloud may have to be told again. */
  readonly shelf: Shelf | 'gone'
  /** Time of the newest shown message (its `createdAt`), or of creation. Milliseconds. */
  readonly lastMessageAt: number
  readonly createdAt: number
  /** The first shown message, whose time `createdAt` is. */
  readonly firstId: string | null
  readonly title: string
  /** The message that names a conversation nobody named, and the name it gives. */
  readonly titleFrom: {
    readonly id: string
    readonly born: number
    readonly role: string
    readonly title: string
  } | null
  readonly messageCount: number
  readonly preview: string
  readonly archived: boolean
  readonly pinned: boolean
  readonly trashed: boolean
  readonly tags: readonly string[]
  /** Grows with every write to this conversation, its messages or its draft on this device; caches compare it. */
  readonly revision: number
  /** Heads of all registers but the messages', winner first. */
  readonly registers: Readonly<Record<string, readonly Head[]>>
  /** Where a page starts: the newest descendant of the last explicit choice. Null without messages. */
  readonly leafId: string | null
  /** The greatest (born, id) of all messages, removed ones included; null without messages. */
  readonly newest: { readonly id: string; readonly born: number } | null
  /** True while every message is the child of the one before it: then the list is the tree. */
  readonly linear: boolean
  /** Registers on which a person has to choose. */
  readonly conflicts: readonly string[]
  /** Messages in packs, for the fold and for counting without reading. */
  readonly packedCount: number
  readonly tailCount: number
  /** Nothing was ever overwritten or purged here: the store `seen` holds nothing of it, and need not be asked. */
  readonly pristine?: true
  /**
   * A conversation whose content is in the cloud and not here: known from its list and not fetched yet, or freed (then `lacking` is there).
   * What a list shows of it.
   */
  readonly absent?: ListedFacts
  /**
   * Operations whose values only the cloud has; `seen` holds which, under `lacking`. `wanted`: what the cloud has of it is fetched without being
   * asked for; without `absent`: beside what was written here before the first sync.
   */
  readonly lacking?: { readonly count: number; readonly wanted?: true }
  /**
   * Records of it were damaged and are set aside: so many of its messages cannot be read here. `settled`: the cloud was asked for
   * everything since and has not them either; without it they are fetched as soon as there is a cloud to ask.
   */
  readonly damaged?: { readonly messageCount: number; readonly at: number; readonly settled?: true }
}

/** What the cloud's list told of a conversation that is not here yet. */
export type ListedFacts = {
  readonly title: string
  readonly messageCount: number
  readonly preview: string
  readonly createdAt: number
  readonly lastMessageAt: number
  readonly archived: boolean
  readonly pinned: boolean
  readonly trashed: boolean
  readonly tags: readonly string[]
  /** Deleted for ever: what is to be fetched are purges. */
  readonly gone?: true
}

/** One message: its heads, winner first; the first decides what is shown. A message of the tail overrides a packed one by id. */
export type MessageEntry = {
  readonly id: string
  readonly born: number
  readonly parentId: string | null
  readonly heads: readonly Head<MessageValue>[]
}

/** Key: `[conversationId, born, id]`; index `id`: `[conversationId, id]`. */
export type MessageRecord = MessageEntry & {
  readonly conversationId: string
  /** Content of lifted inline files: where in which head, and the hash under which `blobs` holds it. */
  readonly lifted?: readonly LiftedFile[]
  /** A placeholder over a packed copy that stands elsewhere now: hides the packed entry, shows nothing. */
  readonly moved?: true
}

export type LiftedFile = {
  readonly operationId: OperationId
  /** Keys from the message down to the string. */
  readonly path: readonly (string | number)[]
  readonly hash: string
}

/**
 * Consecutive older messages. Key: `[conversationId, firstBorn, firstId]`. The record under `[conversationId, -1, '']` is the
 * index of all packs of the conversation (`PackIndexRecord`): the way from a message id to its pack.
 */
export type PackRecord = {
  readonly conversationId: string
  readonly firstBorn: number
  readonly firstId: string
  readonly lastBorn: number
  readonly lastId: string
  readonly count: number
  /** JSON text of a list in order of (born, id): `PlainEntry` for plain messages, `PackedMessage` for others. */
  readonly text: string
  /** Whether all of them are plain, so that a page can read the text. */
  readonly plain?: boolean
  /** It stands, without messages, where a record was that could not be read: `raw`, until a purge or until its messages are here again. */
  readonly setAside?: { readonly raw?: unknown }
}

/** A message in a pack: an entry with its lifted files. */
export type PackedMessage = MessageEntry & { readonly lifted?: readonly LiftedFile[] }

/** What is known of one register beside its heads. Key: `[conversationId, register]`. */
export type SeenRecord = {
  readonly conversationId: string
  /** `purges` for the purges of the conversation, `lacking` for operations whose values were freed. */
  readonly register: string
  /** Operation id → what it overwrites. */
  readonly stubs: Readonly<Record<string, readonly OperationId[]>>
  /** Only on the register `purges`: purge id → the ids it names. */
  readonly purges?: Readonly<Record<string, readonly OperationId[]>>
  /** Only on the register `lacking`: by register and operation id. */
  readonly lacking?: Readonly<Record<string, Readonly<Record<string, LackingValue>>>>
}

/** An operation that nothing here overwrites and whose value can be fetched again. */
export type LackingValue = {
  readonly overwrites: readonly OperationId[]
  /** `SpaceSync.resets` when the cloud was last known to have the value. */
  readonly provenAt: number
}

export type OutboxState = 'waiting' | 'sent' | 'quarantined'

/** Operations of one mutation on one conversation that the cloud has not shown back to us. Key: `sequence`, autoincrement. */
export type OutboxRecord = {
  readonly sequence?: number
  readonly conversationId: string
  readonly projectId: string
  readonly mutationId: MutationId | ''
  readonly state: OutboxState
  readonly operations: readonly Operation[]
  /** Bytes of the operations as JSON, for cutting batches without serialising twice. */
  readonly bytes: number
  readonly createdAt: number
  /** The refusal that put it aside. */
  readonly refusal?: ErrorRecord
}

/** Per conversation `c:<id>` (with a plain server also `p:…` and `q:…`), per space `s:<projectId>`. Key: `key`. */
export type SyncRecord = SpaceSync | ConversationSync | PlainSync | PlainShown

export type SpaceSync = {
  readonly key: string
  readonly kind: 'space'
  readonly projectId: string
  readonly cursor: Cursor
  /** The store's incarnation that the cursor belongs to; another incarnation starts from zero. */
  readonly incarnation: string
  /** After a 410, and when a cloud is first configured: everything is offered again once a pull from zero has ended. */
  readonly suspect: boolean
  /** Something was written here by a context that knew of no cloud, and is in no queue. */
  readonly unqueued?: true
  readonly backoff: BackoffRecord | null
  /** Waits for a session of this account, or for a page that can answer for credentials; `gone`: the account was deleted. */
  readonly parked: 'auth' | 'gone' | 'page' | 'wrong-account' | null
  readonly lastError: (ErrorRecord & { readonly at: number }) | null
  readonly lastSuccessAt: number | null
  /** How often this space began anew (a 410, another cloud): what was asked before is not applied after. */
  readonly resets?: number
  /** Validator of a plain server's list when everything that it told of was looked at. */
  readonly listEtag?: string
  /** A new device's first fetch is on its way: where the list goes on (null: it is whole), and how many of it are here with their content. */
  readonly bootstrap?: {
    readonly next: string | null
    readonly listedCount: number
    readonly filledCount: number
  }
}

/** A wait of one destination. All times are milliseconds since 1970. */
export type BackoffRecord = {
  readonly attempt: number
  readonly nextAttemptAt: number
  readonly setAt: number
  readonly reason: 'network' | 'server' | 'rate'
  /** Floor from `Retry-After`; only time ends it. */
  readonly retryAfterUntil: number | null
}

export type ConversationSync = {
  readonly key: string
  readonly kind: 'conversation'
  readonly conversationId: string
  readonly cloudId?: string
  readonly lastSyncedAt: number | null
  /** When the cloud received operations on `trashed`, by their ids, the latest last. */
  readonly trashReceivedAt?: Readonly<Record<OperationId, number>>
}

/** Where the sync of one conversation with a plain server stands. Key `p:<projectId>⏎<conversationId>`. */
export type PlainSync = {
  readonly key: string
  readonly kind: 'plain'
  readonly conversationId: string
  readonly projectId: string
  /** Grows with each write: what was asked before somebody else wrote is not applied. */
  readonly version: number
  /** Whether the server had it when it was last asked. */
  readonly present: boolean
  /** The server said that it will not have it again (410). */
  readonly closed?: true
  /** Hash of its entry in the list when nothing was left to do; null: something is. */
  readonly listed: string | null
  /** Validator of the document when nothing was left to do. */
  readonly etag?: string
  readonly checkedAt: number
}

/** What a plain server showed of a conversation when it was last asked, the common ground of a three-way union. Key `q:…`. */
export type PlainShown = {
  readonly key: string
  readonly kind: 'plain-shown'
  /** By register. */
  readonly shown: Readonly<Record<string, ShownRegister>>
}

/** What a plain server showed of one register, and which operations stand for that here. */
export type ShownRegister = {
  readonly hash: string
  /** What it showed before that. */
  readonly before?: string
  /** Stamp of the newest of `ids`. */
  readonly stamp: number
  readonly ids: readonly OperationId[]
  /** Hash of a value of ours that it took and does not show: it does not keep this. */
  readonly declined?: string
}

/** A growing answer, or a composer's unsent text. Key: `[conversationId, messageId]`. */
export type DraftRecord = {
  readonly conversationId: string
  readonly messageId: string
  readonly projectId: string
  readonly attemptId: string
  readonly kind: 'answer' | 'composer'
  readonly parentId: string | null
  readonly born: number
  readonly createdAt: number
  readonly message: ChatMessage
  /** Boot id of the one who writes it; empty for a composer. */
  readonly owner: string
  readonly leaseUntil: number
  readonly stop?: true
}

/** Result of a mutation, kept 24 h beside its effect. Key: `mutationId`; index `createdAt`. */
export type MutationRecord = {
  readonly mutationId: MutationId
  readonly createdAt: number
  readonly result: unknown
}

/** Inline files lifted out of messages. Key: `hash`. */
export type BlobRecord = { readonly hash: string; readonly text: string; readonly sizeBytes: number }

/**
 * Each transaction of an engine leaves its number, counted on by one, and whose it is: who commits with the number after the one it knew proves
 * that nobody committed in between. Key: `number`, autoincrement. Old ones are deleted now and then, and leave a seal below zero in
 * their place.
 */
export type CommitRecord = { readonly number?: number; readonly by: string }

export type SettingRecord = { readonly name: string; readonly value: unknown }

export type StoreRecords = {
  conversations: ConversationRecord
  messages: MessageRecord
  packs: PackRecord
  seen: SeenRecord
  outbox: OutboxRecord
  sync_metadata: SyncRecord
  drafts: DraftRecord
  mutations: MutationRecord
  blobs: BlobRecord
  search: { readonly key: string; readonly value: unknown }
  settings: SettingRecord
  commits: CommitRecord
}
export type StoreName = keyof StoreRecords

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
