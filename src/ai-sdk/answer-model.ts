import type { UIMessage } from 'ai'
import type { AnswerModel } from '../react/index.ts'

/** Provider and model of an answer: from the response's headers, else from the message's metadata, flat or below `model`. */
export function answerModel(message: UIMessage, headers: Headers | null): AnswerModel | undefined {
  const metadata = fieldsOf(message.metadata)
  const nested = fieldsOf(metadata.model)
  const providerId = headers?.get('x-chat-provider-id') ?? nested.providerId ?? metadata.providerId
  const modelId = headers?.get('x-chat-model-id') ?? nested.modelId ?? metadata.modelId
  if (typeof providerId !== 'string' && typeof modelId !== 'string') return undefined
  return {
    ...(typeof providerId === 'string' ? { providerId } : {}),
    ...(typeof modelId === 'string' ? { modelId } : {}),
  }
}

const fieldsOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
