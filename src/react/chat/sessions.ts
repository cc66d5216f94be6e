import type { AnyMessage, DrivenChat } from './chat-driver.ts'
import { type ChatSession, type ChatSessionOptions, createChatSession } from './session.ts'

/** The chats that are open, one per conversation: two components that show the same conversation share one. */
export type ChatSessions = {
  /** The session of a conversation; made when there is none. Safe to call while rendering: it starts nothing. */
  open<M extends AnyMessage, Chat extends DrivenChat<M>>(
    options: Omit<ChatSessionOptions<M, Chat>, 'onHeld' | 'onIdle'>,
  ): ChatSession<M, Chat>
}

export function createChatSessions(): ChatSessions {
  const sessionsById = new Map<string, unknown>()
  return {
    open<M extends AnyMessage, Chat extends DrivenChat<M>>(
      options: Omit<ChatSessionOptions<M, Chat>, 'onHeld' | 'onIdle'>,
    ) {
      const { conversationId } = options
      const known = sessionsById.get(conversationId)
      // Whoever shows a conversation drives it the same way; the first driver stays, as with a shared id of `useChat`.
      if (known !== undefined) return known as ChatSession<M, Chat>
      const session = createChatSession<M, Chat>({
        ...options,
        // A component that was hidden comes back with the chat that it had, which was let go meanwhile.
        onHeld: () => {
          if (!sessionsById.has(conversationId)) sessionsById.set(conversationId, session)
        },
        onIdle: () => {
          if (sessionsById.get(conversationId) === session) sessionsById.delete(conversationId)
        },
      })
      sessionsById.set(conversationId, session)
      return session
    },
  }
}
