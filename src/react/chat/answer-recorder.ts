import type { DraftWriter } from '../../client/api.ts'
import type { ChatMessage } from '../../domain/message.ts'
import type { CommandResult } from '../../domain/service/command.ts'
import type { MessageInput } from '../../domain/service/message-commands.ts'

/** Longest time that something of a streaming answer is only in memory. */
export const CHECKPOINT_INTERVAL_MS = 300
/** So much text is written at once, without waiting for the interval. */
export const CHECKPOINT_SIZE_BYTES = 8 * 1024

/** Writes one answer to the store while it grows: never two writes at once, never a write per token. */
export type AnswerRecorder = {
  grew(progress: { readonly sizeBytes: number; readonly isBoundary: boolean }): void
  /**
   * Ends the draft with its last content. Null: the chat has nothing of the answer, and what was written of it ends as
   * stopped. Answers null when nothing was ever written. Rejects when it could not be written.
   */
  finish(input: MessageInput | null): Promise<CommandResult | null>
}

export type AnswerRecorderOptions = {
  /** The answer as it is in memory now; null before its first piece. */
  readonly read: () => ChatMessage | null
  readonly openDraft: (messageId: string) => DraftWriter
  /** Another tab pressed stop. */
  readonly onStop: () => void
}

/*
 *           grew            timer, boundary or 8 KB
 *   idle ──────────► armed ────────────────────────► writing ──► idle, or armed when more came meanwhile
 *                                                       │
 *                        lost ownership, or the write failed: goes on in memory; `finish` writes the whole
 */
export function createAnswerRecorder({ read, openDraft, onStop }: AnswerRecorderOptions): AnswerRecorder {
  let draft: DraftWriter | null = null
  let newest: ChatMessage | null = null
  let timer: ReturnType<typeof setTimeout> | null = null
  let unwrittenBytes = 0
  let writing: Promise<void> | null = null
  let isOver = false

  return {
    grew({ sizeBytes, isBoundary }) {
      unwrittenBytes += sizeBytes
      if (isOver || writing !== null) return
      if (unwrittenBytes >= CHECKPOINT_SIZE_BYTES) write()
      else arm(isBoundary ? 0 : CHECKPOINT_INTERVAL_MS)
    },
    async finish(input) {
      isOver = true
      disarm()
      await writing
      const end = input ?? (newest === null ? null : { message: newest, status: 'stopped' as const })
      if (end === null) return null
      draft ??= open(end.message.id)
      return draft.finish(end)
    },
  }

  function arm(delayMs: number): void {
    if (timer !== null && delayMs > 0) return
    disarm()
    timer = setTimeout(write, delayMs)
  }

  function disarm(): void {
    if (timer !== null) clearTimeout(timer)
    timer = null
  }

  function write(): void {
    disarm()
    const message = read()
    if (message === null) {
      arm(CHECKPOINT_INTERVAL_MS)
      return
    }
    unwrittenBytes = 0
    newest = message
    draft ??= open(message.id)
    writing = draft
      .checkpoint(message)
      .then(
        () => {},
        // Nothing is lost: the answer is in memory, and the next checkpoint or `finish` writes all of it.
        () => {},
      )
      .finally(() => {
        writing = null
        if (unwrittenBytes > 0 && !isOver) arm(CHECKPOINT_INTERVAL_MS)
      })
  }

  function open(messageId: string): DraftWriter {
    const opened = openDraft(messageId)
    opened.signal.addEventListener('abort', () => {
      isOver = true
      disarm()
      if (opened.signal.reason === 'stop') onStop()
    })
    return opened
  }
}
