import type { UIMessage } from 'ai'
import type { UsePersistentChat } from 'chatkeep/ai-sdk'

/** The chat on screen: everything of AI SDK's `useChat`, and chatkeep's names. */
export type Chat = UsePersistentChat<UIMessage>

/** The text of a message, as copied and edited. */
export function textOf(message: UIMessage): string {
  return message.parts.flatMap((part) => (part.type === 'text' ? [part.text] : [])).join('\n\n')
}

export type AnsweredBy = { readonly providerId: string; readonly modelId: string }

/** Who answered, from what the server put into the message's metadata. */
export function answeredBy({ metadata }: UIMessage): AnsweredBy | null {
  if (typeof metadata !== 'object' || metadata === null || !('model' in metadata)) return null
  const { model } = metadata
  if (typeof model !== 'object' || model === null) return null
  const { providerId, modelId } = model as Partial<Record<keyof AnsweredBy, unknown>>
  return typeof providerId === 'string' && typeof modelId === 'string' ? { providerId, modelId } : null
}
