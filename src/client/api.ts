import type { Conflict, ConflictOutcome, ConflictRecord } from '../domain/conflict.ts'
import type { ConversationMetadata, Shelf } from '../domain/conversation.ts'
import type { RetentionPolicy } from '../domain/retention.ts'
import type { CommandResult } from '../domain/service/command.ts'
import type {
  ConversationPage,
  ListedConversation,
  ListPosition,
} from '../domain/service/conversation-list.ts'
import type { LoadQuery, MessagePage } from '../domain/service/message-page.ts'
import type { ConversationService, FreedSpace } from '../domain/service.ts'
import type { SyncSettings, SyncSettingsChange } from '../domain/sync-settings.ts'
import type { ProjectSync, SyncStatus } from '../domain/sync-status.ts'
import type { AppConversation, AppMessage, AppMessageInput } from './app-message.ts'
import type { Capabilities, ClientStatus } from './client-status.ts'
import type { ImportOptions } from './import-conversations.ts'

/** A command that is saved on the device. `synced` resolves when the cloud has shown it back; it never rejects while the page lives. */
export type Saved<Result = CommandResult> = Result & { readonly synced: Promise<void> }

export type ConversationChange = {
  readonly conversationId: string
  readonly projectId: string
  /** Of the conversation on this device; grows with each change there. */
  readonly revision: number
}

/**
 * The public client; the same on every rung. Reads answer from this device. Writes resolve when they are on this device's
 * disk and go to the cloud in the background. Every method rejects with a `ChatkeepError` only (its codes: docs/errors.md): with
 * `input/not-found` where it changes a conversation or a message that this device does not know. Times are milliseconds since 1970.
 */
export interface ChatkeepClient {
  readonly projectId: string
  /** Same as the last value given to `onStatus` listeners. */
  readonly status: ClientStatus
  readonly capabilities: Capabilities

  /** Newest first within each shelf (default: pinned, then open). `limit`: default 50, at most 500; `after`: `next` of the page before. */
  listConversations(query?: {
    readonly projectId?: string
    readonly shelves?: readonly Shelf[]
    readonly limit?: number
    readonly after?: ListPosition
  }): Promise<ConversationPage>
  /** Null when this device knows none of that id. */
  getConversation(conversationId: string): Promise<ListedConversation | null>
  /** The one with the newest message, neither archived nor in the trash; null when there is none. */
  latestConversation(projectId?: string): Promise<ListedConversation | null>
  /** Projects that have conversations on this device, or that the cloud told of; by name. */
  listProjects(): Promise<readonly string[]>
  /**
   * The newest part of the open branch, oldest first; an empty page where there is no such conversation.
   * Of a conversation that this device knows from the cloud's list only (`absent`) the content is fetched first; that rejects with
   * `sync/offline` and the like when it cannot come now.
   */
  loadMessages(conversationId: string, query?: Omit<LoadQuery, 'conversationId'>): Promise<MessagePage>

  /** An empty conversation, under a new id if none is given; one that is there gets the title and tags. A first message creates one as well. */
  createConversation(options?: {
    readonly id?: string
    readonly projectId?: string
    readonly title?: string
    readonly tags?: readonly string[]
  }): Promise<Saved>
  /** Creates the conversation if need be. `after`: the leaf that was on screen (`MessagePage.leaf`), so that two tabs do not branch by accident. */
  appendMessages(
    conversationId: string,
    messages: readonly (AppMessage | AppMessageInput)[],
    options?: {
      readonly projectId?: string
      readonly after?: { readonly id: string; readonly born: number } | null
      readonly fork?: boolean
      /** Whose it is, as `status.accountId` said when it was written: who signs in meanwhile does not get it. Default: who is signed in. */
      readonly accountId?: string | null
    },
  ): Promise<Saved>
  /**
   * The whole list as an app holds it: upserts by id, never shrinks history, a list that left the branch becomes a branch. Of a list that
   * may be older than what is stored, name the ids that are new or were `changed`: the others only say where these stand.
   */
  saveMessages(
    conversationId: string,
    messages: readonly (AppMessage | AppMessageInput)[],
    options?: {
      readonly projectId?: string
      readonly changed?: readonly string[]
      /** As of `appendMessages`. */
      readonly accountId?: string | null
    },
  ): Promise<Saved>
  /**
   * Whole conversations, thousands of messages at once. Each conversation is there whole or not at all; what was imported before an error or
   * an abort stays, and importing again adds what is missing.
   */
  importConversations(
    conversations: readonly AppConversation[],
    options?: ImportOptions,
  ): Promise<Saved<{ readonly imported: number; readonly messageCount: number }>>
  /** Replaces the message of the same id where it stands. */
  editMessage(conversationId: string, message: AppMessage | AppMessageInput): Promise<Saved>
  /** The message keeps its place, so that what follows stays. With `forever` every value that it had is deleted everywhere. */
  removeMessage(
    conversationId: string,
    messageId: string,
    options?: { readonly forever?: boolean },
  ): Promise<Saved>
  /** Opens the branch through this message (an id of `siblings`), on every device. */
  selectLeaf(conversationId: string, messageId: string): Promise<Saved>
  /** Titles and messages that were written on several devices at once, with every value; empty when nothing waits for a choice. */
  conflicts(conversationId: string): Promise<readonly Conflict[]>
  /**
   * Settles each as its `choice` says; without one the shown value wins. Answers per record whether it was, or whether something
   * changed meanwhile: then nothing was written for it.
   */
  resolveConflicts(records: readonly ConflictRecord[]): Promise<readonly ConflictOutcome[]>

  renameConversation(conversationId: string, title: string): Promise<Saved>
  addTag(conversationId: string, tag: string): Promise<Saved>
  removeTag(conversationId: string, tag: string): Promise<Saved>
  /** Without a second argument: does; with `false`: takes it back. So with `pinConversation`. */
  archiveConversation(conversationId: string, archived?: boolean): Promise<Saved>
  pinConversation(conversationId: string, pinned?: boolean): Promise<Saved>
  /**
   * To the trash; `restoreConversation` is the undo. With `forever` what this device has of it is deleted here, in the cloud and on other
   * devices, without an undo; what others wrote and this device has not seen survives and shows it again.
   */
  deleteConversation(conversationId: string, options?: { readonly forever?: boolean }): Promise<Saved>
  restoreConversation(conversationId: string): Promise<Saved>
  clearProject(projectId?: string): Promise<Saved<{ readonly trashed: number }>>

  /**
   * A growing answer: checkpoint it while it streams, then finish it. A draft whose writer dies becomes an `interrupted`
   * message. One for a message that is stored already goes on where that stands; `fork` begins another answer beside those
   * that `after` has (a regenerate).
   */
  startDraft(
    conversationId: string,
    options: {
      readonly messageId: string
      readonly projectId?: string
      readonly after?: { readonly id: string; readonly born: number } | null
      readonly fork?: boolean
      /** As of `appendMessages`. */
      readonly accountId?: string | null
    },
  ): DraftWriter
  /** Asks whoever writes this answer, in any tab, to stop; nothing happens when nobody does. */
  stopDraft(conversationId: string, messageId: string): Promise<void>
  /** Text that is being written and was not sent: on this device only, `''` when there is none. */
  saveComposer(conversationId: string, text: string): Promise<void>
  loadComposer(conversationId: string): Promise<string>

  /** What a project's conversations do by themselves on this device, and how carefully: see `status.sync.automation`. */
  getRetention(projectId?: string): Promise<RetentionPolicy>
  setRetention(policy: RetentionPolicy, options?: { readonly projectId?: string }): Promise<void>
  /** A person agrees to what `status.sync.automation` asks or says. */
  confirmAutomation(): Promise<void>

  /** An app's own JSON values on this device, one set per account; null where nothing was set. Not synced. */
  getSetting(name: string): Promise<unknown>
  setSetting(name: string, value: unknown): Promise<void>

  /** Called after each change of a conversation, in any tab; also after the page was frozen or missed an event. */
  subscribe(listener: (change: ConversationChange | { readonly all: true }) => void): () => void
  /** Called after each change of `status`, not at once; answers how to end it. */
  onStatus(listener: (status: ClientStatus) => void): () => void
  /** Ends a wait that is due to the network or the server and syncs now; answers how it stands then. */
  syncNow(): Promise<SyncStatus>
  /**
   * Syncs one project now and answers how far it came; of its changes only those of one conversation, if named. Rejects with
   * `sync/off` or `sync/auth-required`. `createCloudSync` goes on until it is complete.
   */
  syncProject(projectId?: string, conversationId?: string): Promise<ProjectSync>
  /**
   * Takes messages off this device that the cloud has, but for what is pinned, in use, in conflict or not uploaded yet. Lists still show
   * every conversation, and opening one fetches it. Without a cloud or an account, or with sync off, nothing is freed. When there is no
   * room this happens by itself, for what rests longest: see `status.sync.freed`.
   */
  freeSpace(): Promise<FreedSpace>
  syncSettings(): Promise<SyncSettings>
  /** Kept on this device with the account's conversations. What is switched off keeps its queue, which drains when it is on again. */
  changeSyncSettings(change: SyncSettingsChange): Promise<SyncSettings>
  /** Changes that the cloud refused for good, each with its reason; the rest goes on. `retryQuarantined` queues one again. */
  listQuarantined(): ReturnType<ConversationService['listQuarantined']>
  retryQuarantined(sequence: number): Promise<void>

  /**
   * Tell chatkeep about the app's own sign-in: the session's account id, or null after signing out. `adopt`: whether the
   * account takes the conversations that nobody's session wrote here; without it the first account of this browser does, and
   * for another one they wait (`status.adoptable`). Signing out keeps the account's conversations on this device, hidden, and what was not sent
   * is sent when it signs in again; with `remove` they are deleted from it, unsent changes and drafts too.
   */
  setAccount(
    accountId: string | null,
    options?: { readonly adopt?: boolean; readonly remove?: boolean },
  ): Promise<void>
  /** A waiting new worker takes over and this page reloads. Only with precaching. */
  applyUpdate(): Promise<void>
  /** Asks the browser not to evict; call it from a user action. */
  requestPersistence(): Promise<boolean>
  /** Unregisters the worker; with `keepData: false` also deletes every database of this name. */
  unregister(options: { readonly keepData: boolean }): Promise<void>
  /** Releases listeners, timers and locks of this client. */
  close(): Promise<void>
}

/** Writes one answer. Its message has the id `messageId`; what was not finished is kept as `interrupted`. */
export interface DraftWriter {
  readonly messageId: string
  /** Aborts when a checkpoint or a renewal of the lease answered `stop` or `lost-ownership`, which is its reason. */
  readonly signal: AbortSignal
  /** Relaxed write; answers `stop` when another tab pressed stop, `lost-ownership` when recovery took the draft. */
  checkpoint(message: AppMessage): Promise<'kept' | 'stop' | 'lost-ownership'>
  finish(message: AppMessage | AppMessageInput): Promise<Saved>
}

export type { Capabilities, ClientEvent, ClientStatus, MigrationReport, Rung } from './client-status.ts'
export type { CloudOptions, RegisterOptions } from './register-options.ts'
export type { AppConversation, AppMessage, AppMessageInput, ConversationMetadata, ImportOptions }
