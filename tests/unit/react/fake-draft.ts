import type { DraftWriter, Saved } from '../../../src/client/api.ts'
import { toChatMessage, toInput } from '../../../src/client/app-message.ts'
import type { MessageStatus } from '../../../src/domain/message.ts'
import type { MessageInput } from '../../../src/domain/service/message-commands.ts'
import { type FakeConversation, type Node, newestBelow, type Place, writeNode } from './fake-conversation.ts'

export type FakeDraftParts = {
  readonly kept: FakeConversation
  readonly messageId: string
  readonly after: Place | null | undefined
  readonly fork: boolean
  readonly run: <T>(method: string, what: string, work: () => T) => Promise<T>
  readonly changed: (kept: FakeConversation) => void
  readonly saved: (kept: FakeConversation, written: readonly Node[]) => Saved
}

/** A draft that attaches, as the engine's, below the newest descendant of its question, or forks; a stored one stays. */
export function createFakeDraft({
  kept,
  messageId,
  after,
  fork,
  run,
  changed,
  saved,
}: FakeDraftParts): DraftWriter {
  const abort = new AbortController()
  const put = (input: MessageInput, status: MessageStatus): Node => {
    const known = kept.nodes.get(messageId)
    const saw = after === undefined ? kept.leafId : (after?.id ?? null)
    const parent = known?.parentId ?? (fork ? saw : newestBelow(kept, saw))
    const node = writeNode(kept, { ...input, status }, parent)
    kept.leafId = node.id
    changed(kept)
    return node
  }
  return {
    messageId,
    signal: abort.signal,
    checkpoint: (message) =>
      run('checkpoint', `${kept.id} ${message.id}`, () => {
        if (kept.nodes.get(message.id)?.stop) {
          abort.abort('stop')
          return 'stop'
        }
        put({ message: toChatMessage(message) }, 'streaming')
        return 'kept'
      }),
    finish: (message) =>
      run('finish', `${kept.id} ${messageId} ${toInput(message).status}`, () => {
        const input = toInput(message)
        return saved(kept, [put(input, input.status ?? 'complete')])
      }),
  }
}
