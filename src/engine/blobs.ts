import type { Clock } from '../ports/clock.ts'
import type { PackRecord } from '../ports/records/pack.ts'
import type { BlobRecord } from '../ports/records.ts'
import type { ReadTransaction, WriteTransaction } from '../ports/storage.ts'
import { rangeOf } from './conversation-range.ts'
import type { Database } from './unit.ts'

/** Files of which a reference was dropped are noted in `settings` under this and their hash, until it is known whether one is left. */
const DROPPED = 'dropped-file:'
const DROPPED_RANGE = { lower: DROPPED, upper: 'dropped-file;', upperOpen: true } as const
/** A file that was found in use (an old copy in a pack, perhaps) is looked for again after this long. */
const CHECK_AGAIN_MS = 24 * 60 * 60 * 1000
const PAGE_CONVERSATIONS = 50

type Dropped = { readonly by: string; readonly checkedAt: number | null }

/** Stores a file that a message refers to; whoever was about to collect it starts over. */
export async function keepFile(tx: WriteTransaction, blob: BlobRecord): Promise<void> {
  await Promise.all([tx.put('blobs', blob), tx.delete('settings', DROPPED + blob.hash)])
}

/** Notes files that a message refers to no longer. `by` differs for each time: then a later note is not mistaken for this one. */
export async function noteDroppedFiles(
  tx: WriteTransaction,
  hashes: ReadonlySet<string>,
  by: string,
): Promise<void> {
  const value: Dropped = { by, checkedAt: null }
  await Promise.all([...hashes].map((hash) => tx.put('settings', { name: DROPPED + hash, value })))
}

/**
 * Deletes dropped files that no message of any conversation refers to. Reads conversation by conversation, so that nobody waits for it;
 * a reference that is made meanwhile takes the note away, and the file stays.
 */
export async function collectFiles(database: Database, clock: Clock): Promise<void> {
  const now = clock.now()
  const droppedByHash = await database.read(['settings'], readDropped)
  if (!isAnyDue(droppedByHash, now)) return
  const used = await findUsed(database, new Set(droppedByHash.keys()))
  await database.write('relaxed', async ({ tx }) => {
    for (const [hash, dropped] of droppedByHash) {
      const name = DROPPED + hash
      const stored = (await tx.get('settings', name))?.value as Dropped | undefined
      if (stored?.by !== dropped.by) continue
      if (used.has(hash)) await tx.put('settings', { name, value: { ...stored, checkedAt: now } })
      else await Promise.all([tx.delete('blobs', hash), tx.delete('settings', name)])
    }
  })
}

/** Whether a dropped file has to be looked for. */
export async function areFilesDropped(tx: ReadTransaction, now: number): Promise<boolean> {
  return isAnyDue(await readDropped(tx), now)
}

const isAnyDue = (dropped: ReadonlyMap<string, Dropped>, now: number): boolean =>
  [...dropped.values()].some(
    ({ checkedAt }) => checkedAt === null || Math.abs(now - checkedAt) > CHECK_AGAIN_MS,
  )

async function readDropped(tx: ReadTransaction): Promise<ReadonlyMap<string, Dropped>> {
  const noted = await tx.scan('settings', { range: DROPPED_RANGE })
  return new Map(noted.map(({ name, value }) => [name.slice(DROPPED.length), value as Dropped]))
}

async function findUsed(database: Database, hashes: ReadonlySet<string>): Promise<ReadonlySet<string>> {
  const used = new Set<string>()
  for (let after: string | undefined; ; ) {
    const range = after === undefined ? {} : { lower: after, lowerOpen: true }
    const ids = await database.read(['conversations', 'messages', 'packs'], async (tx) => {
      const records = await tx.scan('conversations', { range, limit: PAGE_CONVERSATIONS })
      for (const { id } of records) await noteUsed(tx, id, hashes, used)
      return records.map(({ id }) => id)
    })
    after = ids.at(-1)
    if (after === undefined || used.size === hashes.size) return used
  }
}

/** One conversation in one transaction: what a fold moves between its stores is in one of them. */
async function noteUsed(
  tx: ReadTransaction,
  conversationId: string,
  hashes: ReadonlySet<string>,
  used: Set<string>,
): Promise<void> {
  const range = rangeOf(conversationId)
  const [tail, packs] = await Promise.all([tx.scan('messages', { range }), tx.scan('packs', { range })])
  for (const { lifted = [] } of tail) for (const { hash } of lifted) used.add(hash)
  // A pack that cannot be read may name any.
  const names = ({ text }: PackRecord, hash: string) => typeof text !== 'string' || text.includes(hash)
  for (const hash of hashes) if (packs.some((pack) => names(pack, hash))) used.add(hash)
}
