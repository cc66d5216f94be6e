'use client'

export type {
  AnswerEnd,
  AnswerModel,
  AnswerOutcome,
  AnyMessage,
  ChatDriver,
  ChatEvents,
  ChatStatus,
  DrivenChat,
} from './chat/chat-driver.ts'
export type { ChatSession } from './chat/session.ts'
export type { ChatSessionState, Unanswered } from './chat/session-state.ts'
export type { ClientState } from './client-source.ts'
export { ChatkeepProvider, type ChatkeepProviderProps, useChatkeep } from './provider.tsx'
export { type ChatkeepStrings, chinese, english } from './strings.ts'
export { SyncStatusBadge, syncLabel } from './sync-status-badge.tsx'
export {
  type UseChatPersistence,
  type UseChatPersistenceOptions,
  useChatPersistence,
} from './use-chat-persistence.ts'
export { type UseConflicts, useConflicts } from './use-conflicts.ts'
export { type UseConversation, useConversation } from './use-conversation.ts'
export { createConversationId } from './use-conversation-id.ts'
export { type UseConversations, type UseConversationsOptions, useConversations } from './use-conversations.ts'
export { type SyncLevel, syncLevel, type UseSyncStatus, useSyncStatus } from './use-sync-status.ts'
