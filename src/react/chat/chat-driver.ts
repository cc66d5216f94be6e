/** A chat message as far as persistence looks at it. AI SDK's `UIMessage` is one. */
export type AnyMessage = { readonly id: string; readonly role: string }

export type ChatStatus = 'submitted' | 'streaming' | 'ready' | 'error'

/** How an answer ended. `interrupted`: the stream broke off without saying so, or the connection was lost in the middle. */
export type AnswerOutcome = 'complete' | 'stopped' | 'interrupted' | 'error'

export type AnswerEnd<M> = {
  /** What there is of the answer; null when nothing came. */
  readonly message: M | null
  readonly outcome: AnswerOutcome
  /** True when no server was reached: the question was not answered because of the connection. */
  readonly isUnreachable: boolean
  readonly model?: AnswerModel
}
export type AnswerModel = { readonly providerId?: string; readonly modelId?: string }

/** What a driver calls while it runs requests. */
export type ChatEvents<M> = {
  /**
   * Awaited before a request leaves. Saves what the request is about and answers the list to send; rejects when it could
   * not be saved, and then the request must not leave.
   */
  beforeRequest(): Promise<readonly M[]>
  /** A piece of the answer arrived. `isBoundary`: a part of the message just ended. */
  answerGrew(progress: { readonly sizeBytes: number; readonly isBoundary: boolean }): void
  /** Once per request that `beforeRequest` let go, whatever happened to it. */
  answerEnded(end: AnswerEnd<M>): void
}

/**
 * The chat that the persistence drives: its messages in memory and the requests for answers. `chatkeep/ai-sdk` has one for
 * AI SDK's `Chat`; write another for a model client of your own.
 */
export interface DrivenChat<M extends AnyMessage> {
  readonly messages: readonly M[]
  readonly status: ChatStatus
  readonly error: Error | undefined
  /** The answer that grows now; null while nothing of it has come. */
  readonly answer: M | null
  /** Id of the message that the request under way writes, as soon as it is known, also while nothing of it has come. */
  readonly answerId?: string | null
  /** Replaces the list without a request. */
  replaceMessages(messages: readonly M[]): void
  /** Aborts the running request, if any; resolves when `answerEnded` was called. */
  stop(): Promise<void>
  /** Puts a message at the end of the list and asks for its answer. What a message may be is the driver's to say. */
  sendMessage(...message: never[]): Promise<void>
  /** Asks again for an answer to what precedes this answer, or to this question. Default: the last message. */
  regenerate(target: { readonly messageId?: string }): Promise<void>
  /** Called after each change of messages, status or error. */
  subscribe(listener: () => void): () => void
}

/** Makes the chat of one conversation. Called once per conversation that is opened. */
export type ChatDriver<M extends AnyMessage, Chat extends DrivenChat<M> = DrivenChat<M>> = (init: {
  readonly conversationId: string
  readonly events: ChatEvents<M>
}) => Chat
