import { ChatkeepError } from '../domain/errors.ts'
import type { Clock } from '../ports/clock.ts'
import type { Locks } from '../ports/locks.ts'
import type { DraftRecord } from '../ports/records/draft.ts'
import { collectFiles } from './blobs.ts'
import { compactSlice } from './compact.ts'
import { isLapsed } from './draft-lease.ts'
import { foldTail } from './fold.ts'
import { isSoundDraft } from './mending/sound.ts'
import type { OpenDatabase } from './open-database.ts'
import { recoverDraft } from './recover-draft.ts'

/** Results of commands are kept this long, for repeats of the same command. */
const MUTATION_KEPT_MS = 24 * 60 * 60 * 1000

/** What an engine does when it is woken, beside the queue. One conversation that cannot be read holds up none of the others. */
export type Housekeeping = {
  /**
   * Makes messages of those answers whose writers fell silent. Answers when the earliest lease of the others ends, and which could not become
   * messages yet, because their conversation has to be fetched first.
   */
  recoverDrafts(
    stored: readonly DraftRecord[],
  ): Promise<{ readonly leaseDueAt: number | null; readonly left: readonly DraftRecord[] }>
  foldLongTails(): Promise<void>
  forgetOldMutations(): Promise<void>
  /** A slice of the daily round that drops old copies of what was overwritten. */
  compact(): Promise<void>
  /** Deletes inline files that no message refers to any more. */
  collectFiles(): Promise<void>
}

export function createHousekeeping(parts: {
  readonly database: OpenDatabase
  readonly clock: Clock
  readonly locks: Locks
}): Housekeeping {
  const { database, clock, locks } = parts

  /** The lock keeps two hosts from recovering the same draft; a writer that is alive holds it and is left alone. Answers whether it waits for its conversation. */
  async function recover(draft: DraftRecord): Promise<boolean> {
    try {
      await locks.hold(`draft:${database.name}:${draft.messageId}`, { ifAvailable: true }, () =>
        database.command('strict', (unit) => recoverDraft(unit, draft)),
      )
      return false
    } catch (error) {
      // The draft is where it was, and is shown; the next wake-up tries again.
      return error instanceof ChatkeepError && error.code === 'sync/absent'
    }
  }

  async function fold(conversationId: string): Promise<void> {
    const record = await database.read(['conversations'], (tx) => tx.get('conversations', conversationId))
    if (record === undefined || record.tailCount <= database.foldLimits.longTail) return
    const isFolded = await database.command('relaxed', (unit) =>
      foldTail(unit, conversationId, database.foldLimits),
    )
    if (!isFolded) database.longTails.add(conversationId)
  }

  return {
    async recoverDrafts(stored) {
      const answers = stored.filter((draft) => draft.kind === 'answer' || !isSoundDraft(draft))
      const now = clock.now()
      // Of one that is damaged nothing can be written: then recovery takes it away.
      const isDue = (draft: DraftRecord) => isLapsed(draft, now) || !isSoundDraft(draft)
      const left: DraftRecord[] = []
      for (const draft of answers) if (isDue(draft) && (await recover(draft))) left.push(draft)
      const live = answers.filter((draft) => !isDue(draft)).map((draft) => draft.leaseUntil + 1)
      return { leaseDueAt: live.length === 0 ? null : Math.min(...live), left }
    },
    async foldLongTails() {
      for (const conversationId of [...database.longTails]) {
        database.longTails.delete(conversationId)
        try {
          await fold(conversationId)
        } catch {
          database.longTails.add(conversationId) // Nothing changed, and what is read is the same.
        }
      }
    },
    async compact() {
      try {
        await compactSlice(database, clock)
      } catch {
        // The round goes on from where it stood.
      }
    },
    async collectFiles() {
      try {
        await collectFiles(database, clock)
      } catch {
        // They are noted, and in nobody's way; the next wake-up tries again.
      }
    },
    async forgetOldMutations() {
      const range = { upper: [clock.now() - MUTATION_KEPT_MS] }
      const old = await database.read(['mutations'], (tx) =>
        tx.scan('mutations', { index: 'byAge', range, limit: 500 }),
      )
      if (old.length === 0) return
      await database.command('relaxed', async (unit) => {
        for (const { mutationId } of old) await unit.tx.delete('mutations', mutationId)
      })
    },
  }
}
