export type { AdapterOptions, ChatStorageAdapter, Message } from './client/adapters.ts'
export { IndexedDBAdapter, LocalStorageAdapter } from './client/adapters.ts'
export type * from './client/api.ts'
export { type CloudSyncService, createCloudSync } from './client/cloud-sync.ts'
export type { DeviceSignIn, DeviceSignInOptions } from './client/device-sign-in.ts'
export {
  type ChatExport,
  type ExportedConversation,
  exportConversations,
} from './client/export-conversations.ts'
export { register } from './client/register.ts'
export { startDeviceSignIn } from './client/start-device-sign-in.ts'
export type * from './domain/conflict.ts'
export type { Shelf } from './domain/conversation.ts'
export { ChatkeepError, type ErrorCode, type ErrorRecord } from './domain/errors.ts'
export type { ChatMessage, MessageStatus } from './domain/message.ts'
export type { AutomationState, AutomationStatus, RetentionPolicy } from './domain/retention.ts'
export type { CommandResult } from './domain/service/command.ts'
export type {
  ConversationPage,
  ListedConversation,
  ListPosition,
} from './domain/service/conversation-list.ts'
export type { ImportedConversation } from './domain/service/import.ts'
export type { MessageInput } from './domain/service/message-commands.ts'
export type { MessagePage, StoredMessage } from './domain/service/message-page.ts'
export type { SyncSettings, SyncSettingsChange } from './domain/sync-settings.ts'
export type { ProjectSync, QuarantinedOperation, SyncState, SyncStatus } from './domain/sync-status.ts'
