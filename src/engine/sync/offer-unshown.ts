import type { OperationId } from '../../domain/ids.ts'
import type { Clock } from '../../ports/clock.ts'
import type { SpaceSync } from '../../ports/records/sync.ts'
import type { ReadTransaction } from '../../ports/storage.ts'
import type { Database } from '../unit.ts'
import { offerConversation } from './offer.ts'
import { isSamePoint, readSpace, toReady } from './space.ts'

/**
 * A pull from zero has ended: offers what was not shown, conversation by conversation, and trusts the cursor again. Answers false when
 * another syncer was quicker.
 */
export async function offerUnshown(
  { database, clock }: { readonly database: Database; readonly clock: Clock },
  {
    ended,
    shown,
    isClean,
  }: { readonly ended: SpaceSync; readonly shown: ReadonlySet<OperationId>; readonly isClean: boolean },
): Promise<boolean> {
  const { projectId } = ended
  const conversations = await database.read(['conversations'], (tx) => conversationsOf(tx, projectId))
  let wantedCount = 0
  for (const id of conversations) {
    const settled = await database.write('relaxed', async (unit) => {
      const stored = await readSpace(unit.tx, ended.key)
      if (stored === undefined || !isSamePoint(stored, ended)) return 'overtaken'
      const isWanted = await unit.settleAbsence(id, stored.resets ?? 0)
      await offerConversation(unit, { id, projectId }, shown, clock.now())
      return isWanted ? 'wanted' : 'settled'
    })
    if (settled === 'overtaken') return false
    if (settled === 'wanted') wantedCount += 1
  }
  const wanted = wantedCount === 0 ? {} : { bootstrap: fetchingOf(wantedCount) }
  return database.write('relaxed', async ({ tx }) => {
    const stored = await readSpace(tx, ended.key)
    if (stored === undefined || !isSamePoint(stored, ended)) return false
    const ready = isClean ? toReady(stored, clock.now()) : stored
    await tx.put('sync_metadata', { ...ready, ...wanted, suspect: false })
    return true
  })
}

/** Nothing is to be listed; so many conversations are to be fetched. */
const fetchingOf = (listedCount: number) => ({ next: null, listedCount, filledCount: 0 })

async function conversationsOf(tx: ReadTransaction, projectId: string): Promise<readonly string[]> {
  const range = { lower: [projectId], upper: [projectId, []] }
  const records = await tx.scan('conversations', { index: 'byProject', range })
  return records.map((record) => record.id)
}
