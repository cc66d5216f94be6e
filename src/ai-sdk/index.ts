'use client'

export { type AiSdkChat, type AiSdkChatOptions, aiSdkDriver } from './ai-sdk-driver.ts'
export {
  type UsePersistentChat,
  type UsePersistentChatOptions,
  usePersistentChat,
} from './use-persistent-chat.ts'
