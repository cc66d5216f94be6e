import type { ChatkeepClient, DraftWriter } from '../../client/api.ts'
import type { MessageInput } from '../../domain/service.ts'
import type { MessagePlace } from './branch.ts'

export type AnswerTarget = {
  readonly client: ChatkeepClient
  readonly conversationId: string
  readonly messageId: string
  readonly project: { readonly projectId?: string }
  /** The question. */
  readonly after: MessagePlace | null
}

/** For an answer that goes on after a tool's result: its message is stored already, and its end is an edit. */
export function continuationWriter({ client, conversationId, messageId }: AnswerTarget): DraftWriter {
  return {
    messageId,
    signal: new AbortController().signal,
    checkpoint: async () => 'kept',
    finish: (message) => client.editMessage(conversationId, message),
  }
}

/**
 * For another answer to a question that has one. A draft cannot branch (it attaches below the newest descendant of its
 * question), so the first piece is appended as an interrupted message, which is what it is until its end overwrites it.
 */
export function forkWriter({ client, conversationId, messageId, project, after }: AnswerTarget): DraftWriter {
  let isAppended = false
  const append = async (input: MessageInput) => {
    const saved = await client.appendMessages(conversationId, [input], { ...project, after, fork: true })
    isAppended = true
    return saved
  }
  return {
    messageId,
    signal: new AbortController().signal,
    async checkpoint(message) {
      if (!isAppended) await append({ message, status: 'interrupted' })
      return 'kept'
    },
    finish(message) {
      const input = 'message' in message ? (message as MessageInput) : { message }
      return isAppended ? client.editMessage(conversationId, input) : append(input)
    },
  }
}
