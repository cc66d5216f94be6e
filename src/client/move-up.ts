import type { Session } from '../domain/host-service.ts'
import type { MutationId } from '../domain/ids.ts'
import type { AbsorbOperations, OperationsPage } from '../domain/service/moving.ts'
import type { ConversationService } from '../domain/service.ts'
import type { Locks } from '../ports/locks.ts'
import type { Random } from '../ports/random.ts'
import type { Caller } from '../rpc/protocol.ts'

/** What was written below meanwhile is fetched so often, until nothing is new. */
const MORE_PASSES = 5

/** An engine and the database on it that a page uses. */
export type Place = { readonly caller: Caller; readonly session: Session }

/**
 * Copies what was written on a lesser rung into the better one, by operation id: repeating it changes nothing, and what the
 * cloud has not seen is queued there. Then verifies and deletes it below. Answers whether everything moved; what did not
 * stays where it is, as does the database of another account. Tabs take turns.
 */
export async function moveUp(
  lesser: Place,
  better: Place,
  parts: {
    readonly baseName: string
    readonly locks: Locks
    readonly random: Random
    /** Called once everything that was there at the beginning is above: the page may look and write there now. */
    readonly onCopied: () => void
  },
): Promise<boolean> {
  if (lesser.session.accountId !== better.session.accountId) return false
  const moved = await parts.locks.hold(`move-up:${parts.baseName}`, {}, async () => {
    await copy()
    parts.onCopied()
    let left = await copy()
    for (let pass = 0; left > 0 && pass < MORE_PASSES; pass++) left = await copy()
    if (left > 0) return false // Somebody still writes below, or the copy does not hold: the next start goes on.
    await lesser.caller.call({
      database: null,
      method: 'removeEverything',
      argument: { baseName: parts.baseName, only: lesser.session.database }, // Another account's stays.
    })
    return true
  })
  return moved ?? false

  /** How many operations were new above. */
  async function copy(): Promise<number> {
    let count = 0
    let after: string | null = null
    do {
      const page: OperationsPage = await ask(lesser, 'readOperations', after === null ? {} : { after })
      const command: AbsorbOperations = {
        mutationId: parts.random.id() as MutationId,
        conversations: page.conversations,
      }
      count += (await ask(better, 'absorbOperations', command)).absorbed
      after = page.next
    } while (after !== null)
    return count
  }
}

function ask<M extends 'readOperations' | 'absorbOperations'>(
  { caller, session }: Place,
  method: M,
  argument: Parameters<ConversationService[M]>[0],
) {
  return caller.call({ database: session.database, method, argument }) as ReturnType<ConversationService[M]>
}
