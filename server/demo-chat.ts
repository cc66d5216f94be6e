import { createUIMessageStream, createUIMessageStreamResponse, generateId } from 'ai'
import { ChatkeepError } from '../src/domain/errors.ts'
import { type ChatMessage, messageText } from '../src/domain/message.ts'
import { readCompletion } from './demo-completion.ts'
import { parseJson, readText } from './request-body.ts'

/** An endpoint that speaks OpenAI's chat completions. */
export type DemoModel = { readonly baseUrl: string; readonly apiKey?: string; readonly modelId: string }

export type DemoChatOptions = {
  /** Absent: the built-in responder answers, and says so. */
  readonly model?: DemoModel
  /** Pause between the words of the built-in responder. */
  readonly wordDelayMs: number
}

const MAX_BODY_BYTES = 16 * 1024 * 1024

/**
 * `POST /api/chat {messages}` for the demo: streams an answer in AI SDK's UI message protocol. The answer's metadata says
 * which model it is from. Stops when the request is aborted.
 */
export function createDemoChat({
  model,
  wordDelayMs,
}: DemoChatOptions): (request: Request) => Promise<Response> {
  return async (request) => {
    const body = parseJson(await readText(request, MAX_BODY_BYTES)) as { messages?: unknown } | null
    const messages = readMessages(body?.messages)
    const words = model === undefined ? pace(builtInAnswer(messages), wordDelayMs, request.signal) : undefined
    const source = model === undefined ? undefined : await readCompletion(model, messages, request.signal)
    const stream = createUIMessageStream({
      async execute({ writer }) {
        const id = generateId()
        const answeredBy =
          model === undefined
            ? { providerId: 'built-in', modelId: 'echo' }
            : { providerId: 'openai-compatible', modelId: model.modelId }
        writer.write({ type: 'start', messageMetadata: { model: answeredBy } })
        writer.write({ type: 'text-start', id })
        for await (const delta of words ?? source ?? []) writer.write({ type: 'text-delta', id, delta })
        writer.write({ type: 'text-end', id })
        writer.write({ type: 'finish' })
      },
      onError: () => 'The answer broke off.',
    })
    return createUIMessageStreamResponse({
      stream,
      headers: { 'Cache-Control': 'no-store', 'X-Accel-Buffering': 'no' },
    })
  }
}

function readMessages(messages: unknown): readonly ChatMessage[] {
  const isMessage = (value: unknown): value is ChatMessage =>
    typeof value === 'object' && value !== null && typeof (value as { role?: unknown }).role === 'string'
  if (Array.isArray(messages) && messages.every(isMessage)) return messages
  throw new ChatkeepError('input/invalid', 'messages: expected a list of messages.', {
    details: { path: 'messages' },
  })
}

/** Word by word, with the pauses a reader would see from a model. */
async function* pace(text: string, delayMs: number, signal: AbortSignal): AsyncGenerator<string> {
  for (const word of text.match(/\s*\S+|\s+$/g) ?? []) {
    if (signal.aborted) return
    yield word
    if (delayMs > 0) await new Promise((resolve) => setTimeout(resolve, delayMs))
  }
}

function builtInAnswer(messages: readonly ChatMessage[]): string {
  const questions = messages.filter((message) => message.role === 'user')
  const last = questions[questions.length - 1]
  const question = last === undefined ? '' : messageText(last).trim()
  const quoted = Array.from(question).slice(0, 200).join('').replace(/\s+/g, ' ')
  const count = questions.length === 1 ? 'the first message' : `message number ${questions.length}`
  return `**This is the built-in responder**, not a language model. ${
    quoted === '' ? 'Your message held no text.' : `You wrote: “${quoted}”.`
  }

That was ${count} of yours in this conversation. What happens to it:

1. it was saved on this device before it was sent anywhere,
2. it waits in a queue until the cloud has it,
3. it is there after a reload, without a network too.

\`\`\`sh
# answers from a real model:
OPENAI_BASE_URL=https://api.example.com/v1 OPENAI_API_KEY=… OPENAI_MODEL=… npm start
\`\`\`
`
}
