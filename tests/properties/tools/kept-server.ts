import type { ChatTransport, UIMessage, UIMessageChunk } from 'ai'

type Transport = ChatTransport<UIMessage>
/** An answer as its server knows it; several tabs may read it. */
export type KeptAnswer = {
  readonly id: string
  /** It goes on in a message that the request brought. */
  readonly isContinued: boolean
  /** Their connections, and by which transport. */
  readonly readers: Map<ReadableStreamDefaultController<UIMessageChunk>, Transport>
  readonly chunks: UIMessageChunk[]
  isOver: boolean
}

/** A server that goes on with an answer when nobody reads it, and shows all of it to who comes back; if it is shared, also beside others. */
export function createKeptServer({ isShared }: { readonly isShared: boolean }) {
  const answers: KeptAnswer[] = []
  let count = 0

  function read(answer: KeptAnswer, by: Transport, signal: AbortSignal | undefined) {
    let reader: ReadableStreamDefaultController<UIMessageChunk> | undefined
    const leave = () => reader !== undefined && answer.readers.delete(reader)
    signal?.addEventListener('abort', () => {
      if (leave()) reader?.error(new DOMException('stopped', 'AbortError'))
    })
    return new ReadableStream<UIMessageChunk>({
      start(controller) {
        reader = controller
        answer.readers.set(controller, by)
        for (const chunk of answer.chunks) controller.enqueue(chunk)
      },
      cancel: () => void leave(),
    })
  }

  return {
    answers,
    growing: () => answers.filter(({ isOver }) => !isOver),
    push(answer: KeptAnswer, ...chunks: UIMessageChunk[]) {
      answer.chunks.push(...chunks)
      for (const reader of answer.readers.keys()) for (const chunk of chunks) reader.enqueue(chunk)
    },
    end(answer: KeptAnswer) {
      answer.isOver = true
      for (const reader of answer.readers.keys()) reader.close()
      answer.readers.clear()
    },
    /** The connections are lost, the answer goes on. */
    breakOff(answer: KeptAnswer) {
      for (const reader of answer.readers.keys()) reader.error(new TypeError('network error'))
      answer.readers.clear()
    },
    transport(onRequest: (messages: readonly UIMessage[]) => void): Transport {
      const transport: Transport = {
        resumeStreamIsReplay: true,
        async sendMessages({ messages, trigger, messageId, abortSignal }) {
          abortSignal?.throwIfAborted() // As `fetch` does.
          onRequest(messages)
          const asked = messages.find(({ id }) => id === messageId) ?? messages.at(-1)
          const isContinued = trigger === 'submit-message' && asked?.role === 'assistant'
          const id = isContinued ? asked.id : `answer-${++count}`
          const answer: KeptAnswer = { id, isContinued, readers: new Map(), chunks: [], isOver: false }
          answers.push(answer)
          return read(answer, transport, abortSignal)
        },
        async reconnectToStream({ abortSignal }) {
          abortSignal?.throwIfAborted()
          const answer = answers.findLast(({ isOver }) => !isOver)
          if (answer === undefined) return null
          if (!isShared && isReadBy(answer, (by) => by !== transport)) return null
          return read(answer, transport, abortSignal)
        },
      }
      return transport
    },
  }
}

/** What two tabs read, both would write. */
const isReadBy = ({ readers }: KeptAnswer, who: (by: Transport) => boolean): boolean =>
  [...readers.values()].some(who)
