import { type UseChatHelpers, useChat } from '@ai-sdk/react'
import type { UIMessage } from 'ai'
import { useLayoutEffect, useMemo, useState } from 'react'
import { type UseChatPersistence, useChatPersistence } from '../react/index.ts'
import { type AiSdkChat, type AiSdkChatOptions, aiSdkDriver } from './ai-sdk-driver.ts'

export type UsePersistentChatOptions<M extends UIMessage> = AiSdkChatOptions<M> & {
  /** The conversation. Without: the project's latest, or a new one. */
  readonly id?: string | undefined
  /** Default: the client's project. */
  readonly projectId?: string | undefined
  /** Messages read at once. Default 50. */
  readonly pageSize?: number
  /** AI SDK's: resume a stream that the app's server keeps. */
  readonly resume?: boolean
}

export type UsePersistentChat<M extends UIMessage> = Omit<
  UseChatHelpers<M>,
  keyof UseChatPersistence<M, AiSdkChat<M>>
> &
  UseChatPersistence<M, AiSdkChat<M>>

/**
 * AI SDK's `useChat` that keeps the chat: the same options and everything it returns, and the names of `useChatPersistence`
 * beside it. Unlike with `useChat`, an answer goes on while no component shows it. Stored messages come back as they were saved: one that was
 * written by other means than this hook, or imported, has `parts` only if it was given them.
 */
export function usePersistentChat<M extends UIMessage = UIMessage>(
  options: UsePersistentChatOptions<M> = {},
): UsePersistentChat<M> {
  const { id, projectId, pageSize, resume = false, ...chatOptions } = options
  const [driver] = useState(() => aiSdkDriver<M>(chatOptions))
  const persistence = useChatPersistence<M, AiSdkChat<M>>({ id, projectId, pageSize, driver })
  const { session, editMessage } = persistence
  useLayoutEffect(() => session.chat.configure(chatOptions))
  const { throttle } = chatOptions
  const helpers = useChat<M>({
    chat: session.chat.chat,
    resume,
    ...(throttle === undefined ? {} : { throttle }),
  })
  const { addToolOutput, addToolApprovalResponse } = helpers
  return useMemo(
    () => ({
      ...helpers,
      ...persistence,
      sendMessage: (message, requestOptions) => {
        const { messageId, ...content } = message ?? {}
        if (messageId === undefined) return persistence.sendMessage(message, requestOptions)
        // AI SDK would write the new question over the old one; here it becomes a branch beside it.
        return editMessage(messageId, content as typeof message, requestOptions)
      },
      regenerate: (target) => session.regenerate(target ?? {}),
      addToolOutput: (output) => thenSave(addToolOutput(output), session),
      addToolResult: (output) => thenSave(addToolOutput(output), session),
      addToolApprovalResponse: (response) => thenSave(addToolApprovalResponse(response), session),
    }),
    [helpers, persistence, session, editMessage, addToolOutput, addToolApprovalResponse],
  )
}

/** A tool's result changes a stored message. What cannot be saved is reported in `error`. */
async function thenSave(change: void | PromiseLike<void>, session: { save(): Promise<void> }): Promise<void> {
  await change
  await session.save().catch(() => {})
}
