import type { MutationId } from '../domain/ids.ts'
import type { ConversationRecord } from './records/conversation.ts'
import type { DraftRecord } from './records/draft.ts'
import type { MessageRecord } from './records/message.ts'
import type { OutboxRecord } from './records/outbox.ts'
import type { PackRecord } from './records/pack.ts'
import type { SeenRecord } from './records/seen.ts'
import type { SyncRecord } from './records/sync.ts'

/** Result of a mutation, kept beside its effect. Key: `mutationId`; index `createdAt`. */
export type MutationRecord = {
  readonly mutationId: MutationId
  /** Forgotten a day after that; absent: never. */
  readonly createdAt?: number
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

/** What a database says of itself (`state`, `home`, `incarnation` …) and what apps keep under `app:<name>`. Key: `name`. */
export type SettingRecord = { readonly name: string; readonly value: unknown }

/** What each store of a database holds. */
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
