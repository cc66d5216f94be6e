import { ChatkeepError } from '../src/domain/errors.ts'
import { type ChatMessage, messageText } from '../src/domain/message.ts'
import type { DemoModel } from './demo-chat.ts'

/** Asks an OpenAI-compatible endpoint and yields the text of its answer as it comes. Rejects when it refuses. */
export async function readCompletion(
  model: DemoModel,
  messages: readonly ChatMessage[],
  signal: AbortSignal,
): Promise<AsyncIterable<string>> {
  const response = await fetch(`${model.baseUrl.replace(/\/$/, '')}/chat/completions`, {
    method: 'POST',
    headers: {
      'Content-Type': 'application/json',
      ...(model.apiKey === undefined ? {} : { Authorization: `Bearer ${model.apiKey}` }),
    },
    body: JSON.stringify({
      model: model.modelId,
      stream: true,
      messages: messages.map((message) => ({ role: message.role, content: messageText(message) })),
    }),
    signal,
  })
  if (!response.ok || response.body === null) {
    throw new ChatkeepError('sync/server-error', `The model's endpoint answered ${response.status}.`)
  }
  return deltasOf(response.body)
}

async function* deltasOf(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const chunk of body as unknown as AsyncIterable<Uint8Array>) {
    rest += decoder.decode(chunk, { stream: true })
    const lines = rest.split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) {
      const delta = deltaOf(line)
      if (delta !== '') yield delta
    }
  }
}

function deltaOf(line: string): string {
  const data = line.startsWith('data:') ? line.slice('data:'.length).trim() : '[DONE]'
  if (data === '[DONE]' || data === '') return ''
  const event = JSON.parse(data) as { choices?: { delta?: { content?: unknown } }[] }
  const content = event.choices?.[0]?.delta?.content
  return typeof content === 'string' ? content : ''
}
