import type { UIMessage, UIMessageChunk } from 'ai'
import type { ChatEvents } from '../react/index.ts'

/** What passed by of one answer's stream. */
export type AnswerTap = {
  readonly stream: ReadableStream<UIMessageChunk>
  /** Something of it was read. */
  readonly hasBegun: boolean
  /** Nothing of it will be read any more. */
  readonly isOver: boolean
  /** The message's id, once its server said it. */
  readonly messageId: string | undefined
  /** Breaks it off, as when its request is aborted. */
  cut(): void
  /** How a stream that just ended has to be read: AI SDK itself takes a cut for a clean end. */
  ending(): 'complete' | 'stopped' | 'interrupted'
}

/** Chunk types after which a message may end when its server never says `finish`. */
const CLOSING = new Set(['text-end', 'reasoning-end', 'finish-step', 'message-metadata'])

/** Passes a stream on unchanged and tells of its growth. */
export function tapAnswer<M extends UIMessage>(
  stream: ReadableStream<UIMessageChunk>,
  events: Pick<ChatEvents<M>, 'answerGrew'>,
): AnswerTap {
  let end: 'finish' | 'abort' | null = null
  let last = ''
  let isOver = false
  let messageId: string | undefined
  let source: ReadableStreamDefaultController<UIMessageChunk> | undefined
  const open = new Set<string>()
  const reader = stream.getReader()

  function note(chunk: UIMessageChunk): void {
    last = chunk.type
    if (chunk.type === 'start') messageId = chunk.messageId ?? messageId
    if (chunk.type === 'finish' || chunk.type === 'abort') end = chunk.type
    if (chunk.type === 'text-start' || chunk.type === 'reasoning-start') open.add(chunk.id)
    if (chunk.type === 'text-end' || chunk.type === 'reasoning-end') open.delete(chunk.id)
    events.answerGrew({ sizeBytes: sizeOf(chunk), isBoundary: isBoundary(chunk) })
  }

  const tapped = new ReadableStream<UIMessageChunk>(
    {
      start(controller) {
        source = controller
      },
      async pull(controller) {
        try {
          const { done, value } = await reader.read()
          if (isOver) return
          if (!done) {
            controller.enqueue(value)
            return note(value)
          }
          isOver = true
          controller.close()
        } catch (cause) {
          isOver = true
          throw cause
        }
      },
      cancel(reason) {
        isOver = true
        return reader.cancel(reason)
      },
    },
    { highWaterMark: 0 },
  )
  return {
    stream: tapped,
    get hasBegun() {
      return last !== ''
    },
    get isOver() {
      return isOver
    },
    get messageId() {
      return messageId
    },
    cut() {
      if (isOver) return
      isOver = true
      source?.error(new DOMException('The answer was stopped.', 'AbortError'))
      reader.cancel().catch(() => {}) // It has ended by itself.
    },
    ending() {
      if (end === 'abort') return 'stopped'
      return end === 'finish' || (open.size === 0 && CLOSING.has(last)) ? 'complete' : 'interrupted'
    },
  }
}

const isBoundary = ({ type }: UIMessageChunk): boolean =>
  type === 'text-end' ||
  type === 'reasoning-end' ||
  type === 'tool-input-available' ||
  type.startsWith('tool-output')

function sizeOf(chunk: UIMessageChunk): number {
  if (chunk.type === 'text-delta' || chunk.type === 'reasoning-delta') return chunk.delta.length
  if (chunk.type === 'tool-input-delta') return chunk.inputTextDelta.length
  return JSON.stringify(chunk).length
}
