import { Chat } from '@ai-sdk/react'
import { type ChatInit, type ChatTransport, DefaultChatTransport, type UIMessage } from 'ai'
import type { ChatDriver, DrivenChat } from '../react/index.ts'
import { createRequestRecord, hasContent } from './request-record.ts'

/** Options of AI SDK's `Chat`; the conversation gives id and messages. */
export type AiSdkChatOptions<M extends UIMessage> = Omit<ChatInit<M>, 'id'> & {
  /** Milliseconds between two updates of a streaming answer on screen. */
  readonly throttle?: number
}

/** AI SDK's `Chat` as the persistence drives it. */
export interface AiSdkChat<M extends UIMessage> extends DrivenChat<M> {
  /** For `useChat({ chat })` and everything else that AI SDK offers. */
  readonly chat: Chat<M>
  sendMessage: Chat<M>['sendMessage']
  regenerate: (target: NonNullable<Parameters<Chat<M>['regenerate']>[0]>) => Promise<void>
  /** Callbacks and transport of the component that shows the chat now. */
  configure(options: AiSdkChatOptions<M>): void
}

/** Drives AI SDK's `Chat`: decorates its transport, whatever it is, and changes nothing that goes over it. */
export function aiSdkDriver<M extends UIMessage>(initial: AiSdkChatOptions<M>): ChatDriver<M, AiSdkChat<M>> {
  return ({ conversationId, events }) => {
    let options = initial
    let headers: Headers | null = null
    const defaultTransport = new DefaultChatTransport<M>({
      // Some servers name provider and model only in the headers.
      fetch: async (...asked) => {
        const response = await globalThis.fetch(...asked)
        headers = response.headers
        return response
      },
    })
    const transport = (): ChatTransport<M> => options.transport ?? defaultTransport
    const request = createRequestRecord<M>({ events, chat: () => chat, transport, headers: () => headers })
    const chat: Chat<M> = new Chat<M>({
      ...initial,
      id: conversationId,
      transport: {
        get resumeStreamIsReplay() {
          return transport().resumeStreamIsReplay ?? false
        },
        close: () => transport().close?.(),
        sendMessages(ask) {
          headers = null
          return request.send(ask)
        },
        reconnectToStream: request.resume,
      },
      onToolCall: (call) => options.onToolCall?.(call),
      onData: (part) => options.onData?.(part),
      onError: (error) => options.onError?.(error),
      sendAutomaticallyWhen: (list) => options.sendAutomaticallyWhen?.(list) ?? false,
      onFinish: (finish) => {
        request.ended(finish)
        options.onFinish?.(finish)
      },
    })
    const isRunning = () => chat.status === 'submitted' || chat.status === 'streaming'
    let last: Promise<unknown> = Promise.resolve()

    /** Two answers at once would write into each other: the one before is stopped. With AI SDK's queue on, messages wait instead. */
    function alone(ask: () => Promise<void>): Promise<void> {
      if (options.experimental_queue === true) return ask()
      const asked = ended(last).then(ask)
      last = asked.catch(() => {}) // Whoever asked hears of it.
      return asked
    }

    async function ended(before: Promise<unknown>): Promise<void> {
      let isOver = false
      const over = before.then(() => {
        isOver = true
      })
      for (await Promise.race([over, null]); !isOver; ) {
        // One that is not under way yet cannot be stopped: its message would be lost.
        if (isRunning()) await stop()
        await Promise.race([over, statusChange()])
      }
      // Nobody waits for what goes on by itself, after a tool's result, or is resumed.
      await stop()
    }

    async function stop(): Promise<void> {
      await Promise.all([chat.stop(), request.stop()])
    }

    const statusChange = () =>
      new Promise<void>((resolve) => {
        const stop = chat['~registerStatusCallback'](() => {
          stop()
          resolve()
        })
      })

    return {
      chat,
      get messages() {
        return chat.messages
      },
      get status() {
        return chat.status
      },
      get error() {
        return chat.error
      },
      get answer() {
        const { growing } = request
        return growing !== null && hasContent(growing) ? growing : null
      },
      get answerId() {
        return request.growing?.id ?? null
      },
      replaceMessages(messages) {
        chat.messages = [...messages]
      },
      stop,
      sendMessage: (...sent) => alone(() => chat.sendMessage(...sent)),
      regenerate: (target) => alone(() => chat.regenerate(target)),
      subscribe(listener) {
        const stops = [
          chat['~registerMessagesCallback'](listener, initial.throttle),
          chat['~registerStatusCallback'](listener),
          chat['~registerErrorCallback'](listener),
        ]
        return () => {
          for (const stop of stops) stop()
        }
      },
      configure(next) {
        options = next
      },
    }
  }
}
