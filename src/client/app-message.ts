import type { ChatMessage } from '../domain/message.ts'
import type { ImportedConversation } from '../domain/service/import.ts'
import type { MessageInput } from '../domain/service/message-commands.ts'

/**
 * A message as an app gives it: AI SDK's `UIMessage`, any other interface with an id and a role, or a plain object. What else
 * is in it has to be JSON; it is kept verbatim.
 */
export type AppMessage = ChatMessage | { readonly id: string; readonly role: string }

/** A message with what is known beside it: its status, time, model. */
export type AppMessageInput = Omit<MessageInput, 'message'> & { readonly message: AppMessage }

export type AppConversation = Omit<ImportedConversation, 'messages'> & {
  readonly messages: readonly (AppMessageInput & { readonly parentId?: string | null })[]
}

/** The same message as the engine takes it: an interface lacks only the index signature. */
export const toChatMessage = (message: AppMessage): ChatMessage => message as ChatMessage

/** A message as the app holds it, or with what is known beside it. Only the latter has a `message` and no role of its own. */
export function toInput(message: AppMessage | AppMessageInput): MessageInput {
  // Whatever else was handed over, the engine refuses it by name.
  return 'role' in Object(message)
    ? { message: toChatMessage(message as AppMessage) }
    : (message as MessageInput)
}
