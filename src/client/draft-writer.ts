import type { ChatMessage } from '../domain/message.ts'
import type { CheckpointDraft, CheckpointResult, FinishDraft } from '../domain/service/draft.ts'
import type { Clock } from '../ports/clock.ts'
import type { Locks } from '../ports/locks.ts'
import type { DraftWriter, Saved } from './api.ts'
import { type AppMessage, toChatMessage, toInput } from './app-message.ts'

/** A lease lasts 15 s; a writer that hears nothing new for this long renews it with what it wrote last. */
const RENEW_MS = 5_000

type Outcome = CheckpointResult['outcome']

export type DraftWriterParts = {
  readonly draft: Omit<CheckpointDraft, 'message'>
  readonly messageId: string
  /** Where the answer is kept. */
  readonly database: string
  readonly clock: Clock
  /** None: nobody is kept from recovering an answer whose lease is over, as of a page that was asleep. */
  readonly locks?: Locks
  readonly checkpoint: (draft: CheckpointDraft) => Promise<CheckpointResult>
  readonly finish: (draft: Omit<FinishDraft, 'mutationId'>) => Promise<Saved>
}
export type CreateDraftWriter = (parts: DraftWriterParts) => DraftWriter

/**
 * Writes a growing answer. Checkpoints that come while one is under way share the next, which writes the newest; the lease
 * is renewed while the stream is silent, and `signal` aborts as soon as a checkpoint says that the answer is not ours to
 * write any more. From the first checkpoint to the end it holds the lock without which nobody recovers the answer.
 */
export function createDraftWriter(parts: DraftWriterParts): DraftWriter {
  const { draft, messageId, database, clock, locks } = parts
  const stopped = new AbortController()
  let newest: ChatMessage | undefined
  /** The first that was told: the answer began there. */
  let life: { readonly life?: string } = {}
  let running: Promise<Outcome> | undefined
  let following: Promise<Outcome> | undefined
  let cancelRenewal = () => {}
  let releaseLock: (() => void) | undefined
  let isKept = false
  let isFinished = false

  function checkpoint(message: AppMessage): Promise<Outcome> {
    newest = toChatMessage(message)
    if (running === undefined) return writeNewest()
    following ??= running.then(writeNewest, writeNewest)
    return following
  }

  function writeNewest(): Promise<Outcome> {
    following = undefined
    cancelRenewal()
    running = write().finally(() => {
      running = undefined
    })
    return running
  }

  async function write(): Promise<Outcome> {
    if (isFinished || newest === undefined) return 'kept'
    holdLock()
    try {
      const answered = await parts.checkpoint({ ...draft, ...life, message: newest })
      const { outcome } = answered
      isKept = true
      if (life.life === undefined && answered.life !== undefined) life = { life: answered.life }
      if (outcome === 'lost-ownership') releaseLock?.()
      if (outcome !== 'kept') stopped.abort(outcome)
      return outcome
    } finally {
      if (!isFinished && !stopped.signal.aborted) cancelRenewal = clock.setTimer(renew, RENEW_MS)
    }
  }

  function holdLock(): void {
    if (locks === undefined || releaseLock !== undefined) return
    const released = new Promise<void>((resolve) => {
      releaseLock = resolve
    })
    locks.hold(`draft:${database}:${messageId}`, {}, () => released).catch(() => {}) // The lease is what is left.
  }

  function renew(): void {
    writeNewest().catch(() => {}) // The next checkpoint or the end of the answer tells the app.
  }

  return {
    messageId,
    signal: stopped.signal,
    checkpoint,
    async finish(message) {
      const input = toInput(message)
      await (following ?? running)?.catch(() => {}) // The end writes the whole answer, so a failed checkpoint loses nothing.
      // An answer that goes on in a stored message is a draft before it ends: only a draft may write over what is stored.
      if (!isKept) await checkpoint(input.message).catch(() => {})
      isFinished = true
      cancelRenewal()
      return parts.finish({ ...draft, ...life, message: input }).finally(() => releaseLock?.())
    },
  }
}
