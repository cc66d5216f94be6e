import type { ChatInit, ChatTransport, UIMessage } from 'ai'
import type { ChatEvents } from '../react/index.ts'
import { answerModel } from './answer-model.ts'
import { type AnswerTap, tapAnswer } from './answer-tap.ts'

type Finish<M extends UIMessage> = Parameters<NonNullable<ChatInit<M>['onFinish']>>[0]
type Stream = AnswerTap['stream']
/** The list of the chat, as the record reads and changes it. */
type Shown<M> = { messages: M[] }

/** The request that is under way, if any. AI SDK may begin others meanwhile (a resume, what goes on after a tool's result): they wait. */
export type RequestRecord<M extends UIMessage> = {
  /** The message that is being answered with; null before anything of it is known. */
  readonly growing: M | null
  send(ask: Parameters<ChatTransport<M>['sendMessages']>[0]): Promise<Stream>
  resume(ask: Parameters<ChatTransport<M>['reconnectToStream']>[0]): Promise<Stream | null>
  /** AI SDK is done with a request. */
  ended(finish: Finish<M>): void
  /** Ends the request, also one that AI SDK has lost sight of; resolves when it is over. */
  stop(): Promise<void>
}

export type RequestRecordParts<M extends UIMessage> = {
  readonly events: ChatEvents<M>
  readonly chat: () => Shown<M>
  readonly transport: () => ChatTransport<M>
  /** Of the last response, where they are known. */
  readonly headers: () => Headers | null
}

type Running<M> = {
  /** What was on screen when it began. */
  readonly before: readonly M[]
  readonly continuedId: string | undefined
  readonly abort: AbortController
  tap: AnswerTap | null
  readonly release: () => void
}

export function createRequestRecord<M extends UIMessage>(parts: RequestRecordParts<M>): RequestRecord<M> {
  const { events, chat, transport, headers } = parts
  let running: Running<M> | null = null
  let turn: Promise<void> = Promise.resolve()
  /** Requests that did not leave, and of which AI SDK tells the end all the same. */
  let refused = 0

  return {
    get growing() {
      return running === null ? null : growingOf(running)
    },
    async send(ask) {
      const { request, messages } = await begin(ask.abortSignal, continuedBy(ask)).catch((cause: unknown) => {
        refused++
        throw cause
      })
      const { signal } = request.abort
      signal.throwIfAborted()
      const sent = transport().sendMessages({ ...ask, abortSignal: signal, messages: [...messages] })
      return tap(request, await unlessAborted(sent, signal))
    },
    async resume(ask) {
      for (;;) {
        await unlessAborted(turn, ask.abortSignal)
        const awaited = turn
        const stream = await transport().reconnectToStream(ask)
        // Null would have AI SDK say that nothing is under way.
        if (awaited !== turn) await stream?.cancel()
        else if (stream === null) return null
        else return await resumed(stream, ask.abortSignal)
      }
    },
    ended(finish) {
      const request = running
      const isRefused = refused > 0 && (finish.isAbort || finish.isError)
      if (isRefused && (request === null || !(request.tap?.isOver ?? request.abort.signal.aborted))) refused--
      else if (request !== null) end(request, finish)
    },
    async stop() {
      running?.abort.abort()
      await turn
    },
  }

  function continuedBy({ trigger, messageId, messages }: Parameters<RequestRecord<M>['send']>[0]) {
    const asked = messages.find(({ id }) => id === messageId) ?? messages.at(-1)
    return trigger === 'submit-message' && asked?.role === 'assistant' ? asked.id : undefined
  }

  async function begin(signal: AbortSignal | undefined, continuedId?: string) {
    const before = turn
    let release = () => {}
    const isOver = new Promise<void>((resolve) => {
      release = resolve
    })
    turn = before.then(() => isOver)
    try {
      await unlessAborted(before, signal)
      const messages = await events.beforeRequest()
      const abort = new AbortController()
      const request: Running<M> = { before: chat().messages, continuedId, abort, tap: null, release }
      running = request
      abort.signal.addEventListener('abort', () => request.tap?.cut())
      signal?.addEventListener('abort', () => abort.abort())
      if (signal?.aborted === true) abort.abort()
      return { request, messages }
    } catch (cause) {
      release()
      throw cause
    }
  }

  async function resumed(stream: Stream, signal: AbortSignal | undefined): Promise<Stream> {
    try {
      const { request } = await begin(signal)
      const tapped = tap(request, stream)
      // AI SDK tells no end of a resumed stream that was stopped before it was read.
      const stopUnread = () => {
        if (running === request && request.tap?.hasBegun !== true)
          over(request, { message: null, outcome: 'stopped', isUnreachable: false })
      }
      request.abort.signal.addEventListener('abort', stopUnread)
      if (request.abort.signal.aborted) stopUnread()
      return tapped
    } catch (cause) {
      await stream.cancel()
      throw cause
    }
  }

  function tap(request: Running<M>, stream: Stream): Stream {
    request.tap = tapAnswer(stream, events)
    if (request.abort.signal.aborted) request.tap.cut()
    return request.tap.stream
  }

  function end(request: Running<M>, finish: Finish<M>): void {
    const { message: told, isAbort, isError, isDisconnect, finishReason } = finish
    const shown = chat().messages.findLast(({ id }) => id === told.id)
    const message = shown?.role === 'assistant' && hasContent(shown) ? shown : null
    if (shown?.role === 'assistant' && message === null)
      chat().messages = chat().messages.filter((other) => other !== shown)
    const ending = finishReason === 'interrupted' ? finishReason : (request.tap?.ending() ?? 'interrupted')
    const outcome = isAbort ? 'stopped' : isError ? (isDisconnect ? 'interrupted' : 'error') : ending
    const model = message === null ? undefined : answerModel(message, headers())
    over(request, { message, outcome, isUnreachable: isDisconnect, ...(model ? { model } : {}) })
  }

  function over(request: Running<M>, end: Parameters<ChatEvents<M>['answerEnded']>[0]): void {
    running = null
    events.answerEnded(end)
    request.release()
  }

  function growingOf({ tap, continuedId, before }: Running<M>): M | null {
    const { messages } = chat()
    const id = tap?.messageId ?? continuedId
    const last = messages.at(-1)
    const found =
      id === undefined
        ? last !== undefined && !before.includes(last)
          ? last
          : undefined
        : messages.findLast((message) => message.id === id)
    return found?.role === 'assistant' ? found : null
  }
}

/** Whether anything of an answer came: the markers around its parts are nothing. */
export function hasContent(message: UIMessage): boolean {
  return message.parts.some((part) =>
    part.type === 'text' || part.type === 'reasoning' ? part.text !== '' : part.type !== 'step-start',
  )
}

function unlessAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) reject(signal.reason)
    signal?.addEventListener('abort', () => reject(signal.reason))
    work.then(resolve, reject)
  })
}
