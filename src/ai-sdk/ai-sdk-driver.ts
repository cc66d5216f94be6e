import { Chat } from '@ai-sdk/react'
import { type ChatInit, type ChatTransport, DefaultChatTransport, type UIMessage } from 'ai'
import type { ChatDriver, ChatEvents, DrivenChat } from '../react/index.ts'
import { answerModel } from './answer-model.ts'
import { type AnswerTap, tapAnswer } from './answer-tap.ts'

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
    const request = createRequestRecord<M>(events)
    const chat: Chat<M> = new Chat<M>({
      ...initial,
      id: conversationId,
      transport: recordingTransport(() => options.transport ?? request.defaultTransport, request),
      onToolCall: (call) => options.onToolCall?.(call),
      onData: (part) => options.onData?.(part),
      onError: (error) => options.onError?.(error),
      sendAutomaticallyWhen: (list) => options.sendAutomaticallyWhen?.(list) ?? false,
      onFinish: (finish) => {
        request.ended(chat, finish)
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

    async function ended(request: Promise<unknown>): Promise<void> {
      let isOver = false
      const over = request.then(() => {
        isOver = true
      })
      for (await Promise.race([over, null]); !isOver; ) {
        // One that is not under way yet cannot be stopped: its message would be lost.
        if (isRunning()) await chat.stop()
        else await Promise.race([over, statusChange()])
      }
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
        const last = chat.messages.at(-1)
        return request.isRunning && last?.role === 'assistant' && hasContent(last) ? last : null
      },
      replaceMessages(messages) {
        chat.messages = [...messages]
      },
      stop: chat.stop,
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

type Finish<M extends UIMessage> = Parameters<NonNullable<ChatInit<M>['onFinish']>>[0]

/** What is known of the request under way. */
type RequestRecord<M extends UIMessage> = {
  readonly isRunning: boolean
  readonly defaultTransport: ChatTransport<M>
  started(): Promise<readonly M[]>
  streaming(stream: AnswerTap['stream']): AnswerTap['stream']
  ended(chat: Chat<M>, finish: Finish<M>): void
}

function createRequestRecord<M extends UIMessage>(events: ChatEvents<M>): RequestRecord<M> {
  let isRunning = false
  let tap: AnswerTap | null = null
  let headers: Headers | null = null
  const defaultTransport = new DefaultChatTransport<M>({
    // Some servers name provider and model only in the headers.
    fetch: async (...asked) => {
      const response = await globalThis.fetch(...asked)
      headers = response.headers
      return response
    },
  })
  return {
    get isRunning() {
      return isRunning
    },
    defaultTransport,
    async started() {
      const messages = await events.beforeRequest()
      isRunning = true
      tap = null
      headers = null
      return messages
    },
    streaming(stream) {
      tap = tapAnswer(stream, events)
      return tap.stream
    },
    ended(chat, { message: { id }, isAbort, isError, isDisconnect, finishReason }) {
      if (!isRunning) return
      isRunning = false
      const shown = chat.messages.findLast((message) => message.id === id)
      const message = shown?.role === 'assistant' && hasContent(shown) ? shown : null
      if (shown?.role === 'assistant' && message === null)
        chat.messages = chat.messages.filter((other) => other !== shown)
      const ending = finishReason === 'interrupted' ? finishReason : (tap?.ending() ?? 'interrupted')
      const outcome = isAbort ? 'stopped' : isError ? (isDisconnect ? 'interrupted' : 'error') : ending
      const model = message === null ? undefined : answerModel(message, headers)
      events.answerEnded({ message, outcome, isUnreachable: isDisconnect, ...(model ? { model } : {}) })
    },
  }
}

function recordingTransport<M extends UIMessage>(
  inner: () => ChatTransport<M>,
  request: RequestRecord<M>,
): ChatTransport<M> {
  return {
    get resumeStreamIsReplay() {
      return inner().resumeStreamIsReplay ?? false
    },
    close: () => inner().close?.(),
    async sendMessages(options) {
      const messages = await request.started()
      return request.streaming(await inner().sendMessages({ ...options, messages: [...messages] }))
    },
    async reconnectToStream(options) {
      const stream = await inner().reconnectToStream(options)
      if (stream === null) return null
      await request.started()
      return request.streaming(stream)
    },
  }
}

/** Whether anything of an answer came: the markers around its parts are nothing. */
export function hasContent(message: UIMessage): boolean {
  return message.parts.some((part) =>
    part.type === 'text' || part.type === 'reasoning' ? part.text !== '' : part.type !== 'step-start',
  )
}
