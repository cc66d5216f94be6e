import type { UIMessage } from 'ai'
import type { AnswerModel } from '../react/index.ts'

/** Provider and model of an answer: from the response's headers, else from the message's metadata. */
export function answerModel(message: UIMessage, headers: Headers | null): AnswerModel | undefined {
  const metadata = typeof message.metadata === 'object' && message.metadata !== null ? message.metadata : {}
  const { providerId: ofProvider, modelId: ofModel } = metadata as { providerId?: unknown; modelId?: unknown }
  const providerId = headers?.get('x-chat-provider-id') ?? ofProvider
  const modelId = headers?.get('x-chat-model-id') ?? ofModel
  if (typeof providerId !== 'string' && typeof modelId !== 'string') return undefined
  return {
    ...(typeof providerId === 'string' ? { providerId } : {}),
    ...(typeof modelId === 'string' ? { modelId } : {}),
  }
}
