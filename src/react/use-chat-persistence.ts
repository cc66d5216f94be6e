import { useCallback, useEffect, useMemo, useSyncExternalStore } from 'react'
import type { ChatkeepError } from '../domain/errors.ts'
import type { StoredMessage } from '../domain/service/message-page.ts'
import type { AnyMessage, ChatDriver, ChatStatus, DrivenChat } from './chat/chat-driver.ts'
import type { ChatSession } from './chat/session.ts'
import type { Unanswered } from './chat/session-state.ts'
import { useChatkeep, useChatkeepContext } from './provider.tsx'
import { useConversationId } from './use-conversation-id.ts'

export type UseChatPersistenceOptions<M extends AnyMessage, Chat extends DrivenChat<M>> = {
  /** The conversation to show. Without: the project's latest, or a new one. */
  readonly id?: string | undefined
  /** Default: the client's project. */
  readonly projectId?: string | undefined
  /** What sends messages and streams answers: `aiSdkDriver()` of `chatkeep/ai-sdk`, or one of your own. */
  readonly driver: ChatDriver<M, Chat>
  /** Messages read at once. Default 50. */
  readonly pageSize?: number | undefined
}

export type UseChatPersistence<M extends AnyMessage, Chat extends DrivenChat<M>> = {
  readonly messages: M[]
  /** Saves the message on this device, then asks for the answer. */
  readonly sendMessage: Chat['sendMessage']
  /** Replaces the list on screen and saves it; what it lacks stays stored. */
  readonly setMessages: (messages: readonly M[] | ((messages: M[]) => readonly M[])) => void
  /** Of the last request, of saving, or of reading, in this order. */
  readonly error: Error | undefined
  /** Why the last write failed. What was to be written is still on screen; `reload()` saves it and asks. */
  readonly saveError: ChatkeepError | null
  /** Why the stored messages could not be read; `session.refresh()` tries again. */
  readonly restoreError: ChatkeepError | null
  readonly status: ChatStatus
  /** A request is under way. */
  readonly isLoading: boolean
  /** Stops the answer, also one that another tab writes. */
  readonly stop: () => Promise<void>
  /** Answers the last question, or the one before this message, again. The old answer stays as a branch. */
  readonly reload: (messageId?: string) => Promise<void>
  /** Moves the conversation to the trash (`restoreConversation` is the undo), or deletes it `forever`, and opens a new one. */
  readonly clearChat: (options?: { readonly forever?: boolean }) => Promise<void>

  readonly conversationId: string
  /** Opens a new, empty conversation and answers its id; nothing is stored before its first message. */
  readonly newConversation: () => string
  readonly openConversation: (conversationId: string) => void
  /** Until the stored messages are on screen; a server renders this state. */
  readonly isRestoring: boolean
  /** There are messages before the first one on screen; `loadOlder` shows one page more of them. */
  readonly hasOlder: boolean
  readonly loadOlder: () => Promise<void>
  /** chatkeep's envelope by message id: status, time, siblings, model. */
  readonly envelopesById: ReadonlyMap<string, StoredMessage>
  /** The last question has no answer; `reload()` tries again. Null when it has one or one is on its way. */
  readonly unanswered: Unanswered | null
  /** Another tab of this browser, or another device, writes the answer at the end; `stop()` stops another tab's. */
  readonly isAnsweredElsewhere: boolean
  /** Asks the same question in other words: a branch beside the old one. */
  readonly editMessage: (messageId: string, ...message: Parameters<Chat['sendMessage']>) => Promise<void>
  /** Shows another branch: an id of `siblings`. */
  readonly selectBranch: (messageId: string) => Promise<void>
  /** The chat in memory and its store; for hooks that are built on this one. */
  readonly session: ChatSession<M, Chat>
}

/**
 * A chat that is kept: restored after a reload, each question saved before its request leaves, each answer while it grows.
 * Independent of the chat library: `usePersistentChat` of `chatkeep/ai-sdk` is this hook with AI SDK's `useChat`.
 */
export function useChatPersistence<M extends AnyMessage, Chat extends DrivenChat<M>>(
  options: UseChatPersistenceOptions<M, Chat>,
): UseChatPersistence<M, Chat> {
  const { id, projectId, driver, pageSize } = options
  const { source, sessions } = useChatkeepContext()
  const { ready } = useChatkeep()
  const open = useCallback(
    (conversationId: string) =>
      sessions.open<M, Chat>({ source, conversationId, projectId, driver, pageSize }),
    [sessions, source, projectId, driver, pageSize],
  )
  const hasContent = useCallback(
    (conversationId: string) => open(conversationId).getState().messages.length > 0,
    [open],
  )
  const choice = useConversationId(id, projectId, hasContent)
  const { conversationId, isChosen, newConversation, openConversation } = choice
  const session = useMemo(() => open(conversationId), [open, conversationId])
  useEffect(() => session.retain({ follow: isChosen }), [session, isChosen])
  const state = useSyncExternalStore(session.subscribe, session.getState, session.getState)

  const acts = useMemo(() => sessionActs(session), [session])
  const clearChat = useCallback(
    async (deletion: { readonly forever?: boolean } = {}) => {
      await session.stop()
      if (session.getState().envelopesById.size > 0)
        await (await ready).deleteConversation(conversationId, deletion)
      newConversation()
    },
    [session, ready, conversationId, newConversation],
  )
  return useMemo(
    () => ({
      ...acts,
      messages: [...state.messages],
      error: state.error,
      saveError: state.saveError,
      restoreError: state.restoreError,
      status: state.status,
      isLoading: state.status === 'submitted' || state.status === 'streaming',
      clearChat,
      conversationId,
      newConversation,
      openConversation,
      isRestoring: state.isRestoring || !isChosen,
      hasOlder: state.hasOlder,
      envelopesById: state.envelopesById,
      unanswered: state.unanswered,
      isAnsweredElsewhere: state.isAnsweredElsewhere,
      session,
    }),
    [acts, state, clearChat, conversationId, newConversation, openConversation, isChosen, session],
  )
}

/** What a person can do in a chat; the same functions as long as the conversation is the same. */
function sessionActs<M extends AnyMessage, Chat extends DrivenChat<M>>(session: ChatSession<M, Chat>) {
  const { chat } = session
  const sendMessage = (...sent: Parameters<Chat['sendMessage']>) =>
    session.act(() => chat.sendMessage(...sent))
  return {
    sendMessage: sendMessage as Chat['sendMessage'],
    setMessages: (messages: readonly M[] | ((messages: M[]) => readonly M[])) => {
      const next = typeof messages === 'function' ? messages([...chat.messages]) : messages
      // A list that cannot be saved stays on screen, and `error` says why.
      session.setMessages(next).catch(() => {})
    },
    stop: session.stop,
    reload: (messageId?: string) => session.regenerate(messageId === undefined ? {} : { messageId }),
    loadOlder: session.loadOlder,
    selectBranch: session.selectBranch,
    editMessage: (messageId: string, ...sent: Parameters<Chat['sendMessage']>) =>
      session.act(async () => {
        if (await session.branchBefore(messageId)) await chat.sendMessage(...sent)
      }),
  }
}
