import type { Conflict } from './conflict.ts'
import type { MutationId } from './ids.ts'
import type { PackedPage } from './packed-page.ts'
import type { RetentionPolicy } from './retention.ts'
import type { Command, CommandResult, ConversationCommand } from './service/command.ts'
import type {
  CreateConversation,
  RenameConversation,
  SetFlag,
  SetTag,
} from './service/conversation-commands.ts'
import type { ConversationPage, ListedConversation, ListQuery } from './service/conversation-list.ts'
import type {
  CheckpointDraft,
  CheckpointResult,
  ComposerDraft,
  FinishDraft,
  StopDraft,
} from './service/draft.ts'
import type { ImportConversations, ImportTexts } from './service/import.ts'
import type {
  AppendMessages,
  EditMessage,
  RemoveMessage,
  SaveMessages,
  SelectLeaf,
} from './service/message-commands.ts'
import type { LoadQuery, MessagePage } from './service/message-page.ts'
import type { AbsorbOperations, OperationsPage } from './service/moving.ts'
import type { ResolveConflict, ResolvedConflict } from './service/resolve-conflict.ts'
import type { SyncSettings, SyncSettingsChange } from './sync-settings.ts'
import type { ProjectSync, QuarantinedOperation, SyncStatus, WakeReason } from './sync-status.ts'

/** What `freeSpace` took off this device; the bytes are of text and files, not of the disk. */
export type FreedSpace = { readonly conversationCount: number; readonly bytes: number }

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
