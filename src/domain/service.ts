import type { Conflict, ConflictChoice, ConflictOutcome } from './conflict.ts'
import type { ConversationMetadata, Shelf } from './conversation.ts'
import type { MutationId, OperationId } from './ids.ts'
import type { ChatMessage, MessageStatus } from './message.ts'
import type { Operation } from './operation.ts'
import type { PackedPage } from './packed-page.ts'
import type { RetentionPolicy } from './retention.ts'
import type { SyncSettings, SyncSettingsChange } from './sync-settings.ts'
import type { ProjectSync, QuarantinedOperation, SyncStatus, WakeReason } from './sync-status.ts'
import type { TextRun } from './text-run.ts'

/** Every command carries the id of the act that it repeats: the same id twice has one effect and one result. */
export type Command = { readonly mutationId: MutationId }

/** A stored message as a page gets it: the app's message, verbatim, and our envelope beside it. */
export type StoredMessage = {
  /** Its id in the tree. Differs from `message.id` only where the app repeated an id (an edited question). */
  readonly id: string
  readonly message: ChatMessage
  readonly parentId: string | null
  readonly born: number
  readonly createdAt: number
  readonly status: MessageStatus
  readonly externalId?: string
  readonly model?: { readonly providerId?: string; readonly modelId?: string }
  /** Ids of all children of the same parent in order, this one included; absent when it is the only one. */
  readonly siblings?: readonly string[]
  /** Values of other devices that did not win, newest first; absent without a conflict. */
  readonly others?: readonly ChatMessage[]
  /**
   * Of `siblings` those that were written apart, by somebody who did not know this one, and nobody has chosen a branch since. Absent
   * without any. Choosing either (`selectLeaf`) settles it.
   */
  readonly apart?: readonly string[]
}

export type ListQuery = {
  readonly projectId: string
  /** Default: pinned, then open. */
  readonly shelves?: readonly Shelf[]
  /** Default 50, at most 500. */
  readonly limit?: number
  /** `next` of the page before. */
  readonly after?: ListPosition
}
export type ListPosition = { readonly shelf: Shelf; readonly lastMessageAt: number; readonly id: string }
export type ListedConversation = ConversationMetadata & {
  readonly revision: number
  /** Known from the cloud's list; its content is not on this device yet. Opening it fetches it. */
  readonly absent?: true
  /** So many of its messages cannot be read on this device: their records are damaged. */
  readonly damaged?: { readonly messageCount: number }
}
/** Newest first within each shelf. */
export type ConversationPage = {
  readonly conversations: readonly ListedConversation[]
  readonly next: ListPosition | null
}

export type LoadQuery = {
  readonly conversationId: string
  /** The newest so many of the open branch. Default 50; Infinity is written as 0: all. */
  readonly limit?: number
  /** Messages before this one: `older` of the page before. */
  readonly before?: { readonly id: string; readonly born: number }
  /** Show the branch that ends here instead of the open one. */
  readonly leafId?: string
}
/** Part of one branch, oldest first. */
export type MessagePage = {
  readonly conversationId: string
  readonly revision: number
  readonly messages: readonly StoredMessage[]
  /** The end of the branch: what an append says it saw. */
  readonly leaf: { readonly id: string; readonly born: number } | null
  /** Pass as `before` for the next older page; null at the beginning. */
  readonly older: { readonly id: string; readonly born: number } | null
  /** The content is not on this device yet, or not all of it: `fetchConversation` brings it. */
  readonly absent?: true
  /** So many messages of the conversation cannot be read on this device: their records are damaged. The others are whole. */
  readonly damaged?: { readonly messageCount: number }
}

export type CreateConversation = Command & {
  readonly projectId: string
  readonly conversationId: string
  readonly title?: string
  readonly tags?: readonly string[]
}

/** A message to write and what is known of it beside its content. */
export type MessageInput = {
  readonly message: ChatMessage
  readonly status?: MessageStatus
  readonly createdAt?: number
  readonly model?: { readonly providerId?: string; readonly modelId?: string }
  readonly externalId?: string
}

/** Appends in order, each the child of the one before; the first attaches to the newest descendant of `after`. */
export type AppendMessages = Command & {
  readonly projectId: string
  readonly conversationId: string
  readonly messages: readonly MessageInput[]
  /** The leaf that the page saw; null: it saw an empty conversation. Absent: the open leaf, whatever it is. */
  readonly after?: { readonly id: string; readonly born: number } | null
  /** Branch here on purpose instead of following newer descendants. */
  readonly fork?: boolean
}

/**
 * The list that an app shows, as it is now: known ids are updated where their content changed, new ones are appended after
 * their neighbour in the list. What the list lacks is kept. A list that leaves the stored branch (an edit or regenerate
 * shortened it) becomes a branch of its own.
 */
export type SaveMessages = Command & {
  readonly projectId: string
  readonly conversationId: string
  readonly messages: readonly MessageInput[]
}

/** Whole conversations at once, packed as they are written. A parent precedes its children. */
export type ImportConversations = Command & {
  readonly projectId: string
  readonly conversations: readonly ImportedConversation[]
}
/** The same with the messages as JSON texts: they cross and are packed as they are. */
export type ImportTexts = Command & {
  readonly projectId: string
  readonly conversations: readonly TextConversation[]
  /** On disk only with the next strict transaction, before which nobody may be told that it is. */
  readonly relaxed?: boolean
}
export type TextConversation = Omit<ImportedConversation, 'messages'> & {
  readonly runs: readonly TextRun[]
  /** What is known beside each message, where anything is of any. */
  readonly beside?: readonly BesideMessage[]
}
export type BesideMessage = Omit<MessageInput, 'message'> & { readonly parentId?: string | null }
export type ImportedConversation = {
  readonly id: string
  readonly title?: string
  readonly tags?: readonly string[]
  readonly archived?: boolean
  readonly messages: readonly (MessageInput & { readonly parentId?: string | null })[]
}

export type EditMessage = Command & {
  readonly conversationId: string
  /** The message's id in the tree (`StoredMessage.id`), where it differs from the app's. Default: `message.message.id`. */
  readonly messageId?: string
  readonly message: MessageInput
}
export type RemoveMessage = Command & {
  readonly conversationId: string
  readonly messageId: string
  /** Also purges every value that it had; only its place in the tree is kept. */
  readonly forever?: boolean
}
export type RenameConversation = Command & { readonly conversationId: string; readonly title: string }
export type SetTag = Command & {
  readonly conversationId: string
  readonly tag: string
  readonly present: boolean
}
export type SetFlag = Command & { readonly conversationId: string; readonly value: boolean }
export type ConversationCommand = Command & { readonly conversationId: string }
export type SelectLeaf = Command & { readonly conversationId: string; readonly messageId: string }

/** `covers`: the versions that the person had in front of them (`Conflict.covers`). */
export type ResolveConflict = Command & {
  readonly conversationId: string
  readonly register: string
  readonly covers: readonly OperationId[]
  readonly choice: ConflictChoice
}
export type ResolvedConflict = CommandResult & { readonly outcome: ConflictOutcome }

/** What a command did. */
export type CommandResult = {
  readonly conversationId: string
  readonly revision: number
  /** Ids and places of the messages that it wrote, in order. */
  readonly written: readonly {
    readonly id: string
    readonly born: number
    readonly parentId: string | null
  }[]
  /** True when something waits for the cloud because of it. */
  readonly queued: boolean
}

/** A checkpoint of a growing answer. The first one fixes its place; each renews the owner's lease of 15 s. */
export type CheckpointDraft = {
  readonly projectId: string
  readonly conversationId: string
  readonly attemptId: string
  /** Boot id of the writer. */
  readonly owner: string
  readonly message: ChatMessage
  /** The question that it answers. */
  readonly after?: { readonly id: string; readonly born: number } | null
  /** Another answer to a question that has one (a regenerate): branches there on purpose. */
  readonly fork?: boolean
}
export type CheckpointResult = { readonly outcome: 'kept' | 'stop' | 'lost-ownership' }
/** Draft to message in one transaction: deletes the draft and writes the operation. */
export type FinishDraft = Command & {
  readonly projectId: string
  readonly conversationId: string
  readonly attemptId: string
  readonly owner: string
  readonly message: MessageInput
  readonly after?: { readonly id: string; readonly born: number } | null
  readonly fork?: boolean
}
export type StopDraft = { readonly conversationId: string; readonly messageId: string }
export type ComposerDraft = {
  readonly projectId: string
  readonly conversationId: string
  readonly text: string
}

export type OperationsOfConversation = {
  readonly conversationId: string
  readonly projectId: string
  readonly operations: readonly Operation[]
  /** Operation id → the command that queued it, for those that the cloud has not shown back. */
  readonly mutationIds?: Readonly<Record<string, MutationId>>
}
export type OperationsPage = {
  readonly conversations: readonly OperationsOfConversation[]
  readonly next: string | null
}
/** What `freeSpace` took off this device; the bytes are of text and files, not of the disk. */
export type FreedSpace = { readonly conversationCount: number; readonly bytes: number }
export type AbsorbOperations = Command & { readonly conversations: readonly OperationsOfConversation[] }

/**
 * What a page can ask the engine of one database. Every method takes one plain object and answers plain data; commands
 * resolve after their transaction is on disk. This table is also the allow-list of the worker.
 */
export interface ConversationService {
  listConversations(query: ListQuery): Promise<ConversationPage>
  getConversation(query: { readonly conversationId: string }): Promise<ListedConversation | null>
  /** The project's conversation with the newest message, or null. */
  latestConversation(query: { readonly projectId: string }): Promise<ListedConversation | null>
  loadMessages(query: LoadQuery): Promise<MessagePage>
  /** The same, perhaps as packed text, which `unpackPage` makes a page of: far less work where an answer crosses to a page. */
  readMessages(query: LoadQuery): Promise<MessagePage | PackedPage>
  /** Projects that have conversations here, or that the cloud told of; by name. */
  listProjects(query: Record<string, never>): Promise<{ readonly projects: readonly string[] }>

  createConversation(command: CreateConversation): Promise<CommandResult>
  appendMessages(command: AppendMessages): Promise<CommandResult>
  saveMessages(command: SaveMessages): Promise<CommandResult>
  importConversations(
    command: ImportConversations,
  ): Promise<{ readonly imported: number; readonly messageCount: number }>
  importTexts(command: ImportTexts): Promise<{ readonly imported: number; readonly messageCount: number }>
  editMessage(command: EditMessage): Promise<CommandResult>
  removeMessage(command: RemoveMessage): Promise<CommandResult>
  renameConversation(command: RenameConversation): Promise<CommandResult>
  setTag(command: SetTag): Promise<CommandResult>
  setArchived(command: SetFlag): Promise<CommandResult>
  setPinned(command: SetFlag): Promise<CommandResult>
  trashConversation(command: ConversationCommand): Promise<CommandResult>
  restoreConversation(command: ConversationCommand): Promise<CommandResult>
  /**
   * Deletes for ever what this device has of a conversation, here, in the cloud and on other devices. What others wrote and this device
   * has not seen survives and shows the conversation again. There is no undo.
   */
  purgeConversation(command: ConversationCommand): Promise<CommandResult>
  selectLeaf(command: SelectLeaf): Promise<CommandResult>
  /** What of a conversation waits for a person's choice. */
  conflicts(query: { readonly conversationId: string }): Promise<{
    readonly revision: number
    readonly conflicts: readonly Conflict[]
  }>
  resolveConflict(command: ResolveConflict): Promise<ResolvedConflict>
  /** Trashes every conversation of a project. */
  clearProject(command: Command & { readonly projectId: string }): Promise<{ readonly trashed: number }>

  checkpointDraft(draft: CheckpointDraft): Promise<CheckpointResult>
  finishDraft(command: FinishDraft): Promise<CommandResult>
  stopDraft(query: StopDraft): Promise<void>
  saveComposer(draft: ComposerDraft): Promise<void>
  loadComposer(query: { readonly conversationId: string }): Promise<{ readonly text: string }>

  getSetting(query: { readonly name: string }): Promise<{ readonly value: unknown }>
  setSetting(command: { readonly name: string; readonly value: unknown }): Promise<void>

  /** What a project's conversations do by themselves on this device; empty: nothing. */
  getRetention(query: { readonly projectId: string }): Promise<RetentionPolicy>
  setRetention(command: { readonly projectId: string; readonly policy: RetentionPolicy }): Promise<void>
  /** A person agrees to what `status.automation` asks or says. */
  confirmAutomation(query: Record<string, never>): Promise<void>

  status(query: Record<string, never>): Promise<SyncStatus>
  /** Ends a backoff whose reason is the network or a 5xx, and drains; answers when the slice is over. */
  syncNow(query: Record<string, never>): Promise<SyncStatus>
  /** Syncs one project, ending a wait for the network; answers how far it came. Rejects with `sync/off`, `sync/auth-required`. */
  syncProject(query: { readonly projectId: string; readonly conversationId?: string }): Promise<ProjectSync>
  /**
   * Brings the content of an absent conversation, before all others. Resolves when it is here; rejects with the reason why it cannot
   * come now (`sync/offline`, `sync/auth-required`, `sync/too-many-requests` with `retryAt` while a `Retry-After` is in force …).
   */
  fetchConversation(query: { readonly conversationId: string }): Promise<{ readonly isHere: boolean }>
  /**
   * Takes messages off this device that the cloud has: of every conversation but those that are pinned, in use, in conflict or not wholly
   * uploaded. Lists still show them, and opening one fetches it. Without a cloud, an account or sync nothing is freed.
   */
  freeSpace(query: Record<string, never>): Promise<FreedSpace>
  syncSettings(query: Record<string, never>): Promise<SyncSettings>
  changeSyncSettings(change: SyncSettingsChange): Promise<SyncSettings>
  /** A wake-up: drains unless a backoff is in force. */
  wake(query: {
    readonly reason: WakeReason
    /** The project that a poke, or a turn to another project, is about: it alone is synced. A poke's may be new to this device. */
    readonly projectId?: string
  }): Promise<{ readonly dueAt: number | null }>
  listQuarantined(query: Record<string, never>): Promise<readonly QuarantinedOperation[]>
  retryQuarantined(query: { readonly sequence: number }): Promise<void>
  /** Everything of the next 20 conversations (by id), for moving it to another database; page on with `next`. */
  readOperations(query: { readonly after?: string }): Promise<OperationsPage>
  /** Takes over operations by id; what is new here is queued for the cloud. Repeating it changes nothing. */
  absorbOperations(command: AbsorbOperations): Promise<{ readonly absorbed: number }>
  /** Whether something of this mutation still waits for the cloud. */
  isPending(query: { readonly mutationId: MutationId }): Promise<{ readonly pending: boolean }>
}

/** Methods of `ConversationService` by name: what the worker's allow-list is made of. */
export const SERVICE_METHODS = [
  'listConversations',
  'getConversation',
  'latestConversation',
  'loadMessages',
  'readMessages',
  'listProjects',
  'createConversation',
  'appendMessages',
  'saveMessages',
  'importConversations',
  'importTexts',
  'editMessage',
  'removeMessage',
  'renameConversation',
  'setTag',
  'setArchived',
  'setPinned',
  'trashConversation',
  'restoreConversation',
  'purgeConversation',
  'selectLeaf',
  'conflicts',
  'resolveConflict',
  'clearProject',
  'checkpointDraft',
  'finishDraft',
  'stopDraft',
  'saveComposer',
  'loadComposer',
  'getSetting',
  'setSetting',
  'getRetention',
  'setRetention',
  'confirmAutomation',
  'status',
  'syncNow',
  'syncProject',
  'fetchConversation',
  'freeSpace',
  'syncSettings',
  'changeSyncSettings',
  'wake',
  'listQuarantined',
  'retryQuarantined',
  'isPending',
  'readOperations',
  'absorbOperations',
] as const satisfies readonly (keyof ConversationService)[]
