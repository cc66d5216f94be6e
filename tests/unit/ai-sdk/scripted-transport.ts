import type { ChatTransport, UIMessage, UIMessageChunk } from 'ai'

export type ScriptedRequest = {
  readonly messages: readonly UIMessage[]
  readonly trigger: string
  readonly signal: AbortSignal | undefined
  /** Sends chunks to the page. */
  push(...chunks: UIMessageChunk[]): void
  /** `start`, one text part and `finish`. */
  answer(id: string, text: string): void
  close(): void
  /** Breaks the connection in the middle. */
  breakOff(error: Error): void
}

export type ScriptedTransport = ChatTransport<UIMessage> & {
  readonly requests: ScriptedRequest[]
  /** The next request fails with this before anything comes. */
  refuseNext(error: Error): void
  /** Resolves with the request number `index` once it left. */
  request(index: number): Promise<ScriptedRequest>
}

/** A server that the test plays. */
export function scriptedTransport(onRequest?: () => void): ScriptedTransport {
  const requests: ScriptedRequest[] = []
  const waiting: { readonly index: number; readonly resolve: (request: ScriptedRequest) => void }[] = []
  let refusal: Error | undefined
  return {
    requests,
    refuseNext(error) {
      refusal = error
    },
    request(index) {
      const sent = requests[index]
      if (sent !== undefined) return Promise.resolve(sent)
      return new Promise((resolve) => waiting.push({ index, resolve }))
    },
    async sendMessages({ messages, trigger, abortSignal }) {
      onRequest?.()
      if (refusal !== undefined) {
        const error = refusal
        refusal = undefined
        throw error
      }
      const { stream, request } = openRequest(messages, trigger, abortSignal)
      requests.push(request)
      for (const { index, resolve } of waiting) if (index === requests.length - 1) resolve(request)
      return stream
    },
    reconnectToStream: async () => null,
  }
}

function openRequest(messages: readonly UIMessage[], trigger: string, signal: AbortSignal | undefined) {
  let controller: ReadableStreamDefaultController<UIMessageChunk> | undefined
  const stream = new ReadableStream<UIMessageChunk>({
    start(opened) {
      controller = opened
    },
  })
  signal?.addEventListener('abort', () => controller?.error(new DOMException('stopped', 'AbortError')))
  const request: ScriptedRequest = {
    messages,
    trigger,
    signal,
    push(...chunks) {
      for (const chunk of chunks) controller?.enqueue(chunk)
    },
    answer(id, text) {
      request.push(...textChunks(id, text), { type: 'finish' })
      request.close()
    },
    close: () => controller?.close(),
    breakOff: (error) => controller?.error(error),
  }
  return { stream, request }
}

export const textChunks = (id: string, text: string): UIMessageChunk[] => [
  { type: 'start', messageId: id },
  { type: 'text-start', id: 't' },
  { type: 'text-delta', id: 't', delta: text },
  { type: 'text-end', id: 't' },
]

export const textOf = (message: UIMessage): string =>
  message.parts.map((part) => (part.type === 'text' ? part.text : '')).join('')
