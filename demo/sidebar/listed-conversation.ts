import type { UseConversations } from 'chatkeep/react'

export type ListedConversation = UseConversations['conversations'][number]
