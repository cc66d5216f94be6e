import type { Clock } from '../ports/clock.ts'
import type { ConversationRecord } from '../ports/records/conversation.ts'
import type { MessageRecord } from '../ports/records/message.ts'
import type { ReadTransaction } from '../ports/storage.ts'
import type { CommandUnit } from './command-unit.ts'
import { rangeOf } from './conversation-range.ts'
import type { OpenDatabase } from './open-database.ts'
import { decodePackIndex, packIndexKey } from './pack-index.ts'
import { readSpace, spaceKey } from './sync/space.ts'

/** A packed copy of something overwritten is left alone for this long after it was overwritten. */
export const OLD_COPIES_KEPT_MS = 30 * 24 * 60 * 60 * 1000
const ROUND_MS = 24 * 60 * 60 * 1000
const CONVERSATIONS_AT_ONCE = 50
const PROGRESS = 'compaction'

/** Where the round stands; `after: null` with a `startedAt` is one that has ended. */
type Progress = { readonly startedAt: number; readonly after: string | null }

/**
 * One slice of a round that goes through all conversations once a day: packs lose the copies of what was overwritten 30 days ago. Heads
 * keep their values, and stubs stay. Nothing is compacted while a space is healed after a 410.
 */
export async function compactSlice(database: OpenDatabase, clock: Clock): Promise<void> {
  const now = clock.now()
  const { progress, records } = await database.read(['settings', 'conversations'], async (tx) => {
    const going = await progressOf(tx, now)
    if (going === null) return { progress: null, records: [] }
    const range = { lower: going.after ?? '', lowerOpen: true }
    return {
      progress: going,
      records: await tx.scan('conversations', { range, limit: CONVERSATIONS_AT_ONCE }),
    }
  })
  if (progress === null) return
  for (const record of records) await compact(database, record, now - OLD_COPIES_KEPT_MS)
  const last = records.length < CONVERSATIONS_AT_ONCE ? null : (records.at(-1)?.id ?? null)
  await database.command('relaxed', async ({ tx }) => {
    await tx.put('settings', { name: PROGRESS, value: { ...progress, after: last } })
  })
}

/** Whether a round goes on or begins. */
export const isCompactionDue = async (tx: ReadTransaction, now: number): Promise<boolean> =>
  (await progressOf(tx, now)) !== null

async function progressOf(tx: ReadTransaction, now: number): Promise<Progress | null> {
  const stored = (await tx.get('settings', PROGRESS))?.value as Progress | undefined
  if (stored !== undefined && stored.after !== null) return stored
  const isDue = stored === undefined || Math.abs(now - stored.startedAt) >= ROUND_MS
  return isDue ? { startedAt: now, after: '' } : null
}

async function compact(database: OpenDatabase, record: ConversationRecord, before: number): Promise<void> {
  if (record.packedCount === 0 || record.tailCount === 0 || record.absent !== undefined) return
  if (record.damaged !== undefined) return
  try {
    await database.command('relaxed', (unit) => compactConversation(unit, record, before))
  } catch {
    // Nothing changed, and what is read is the same; tomorrow's round tries again.
  }
}

async function compactConversation(
  unit: CommandUnit,
  { id, projectId }: ConversationRecord,
  before: number,
): Promise<void> {
  const { tx } = unit
  const space = await readSpace(tx, spaceKey(projectId))
  if (space?.suspect === true) return
  const tail = await tx.scan('messages', { range: rangeOf(id) })
  const packed = new Set(decodePackIndex(await tx.get('packs', packIndexKey(id))).map((node) => node.id))
  const isOld = ({ moved, heads }: MessageRecord) =>
    moved === true || heads.every((head) => head.stamp <= before)
  if (!tail.some((record) => packed.has(record.id) && isOld(record))) return
  const state = await unit.conversation(id)
  if (state.changed) return
  state.hidesPacked = true
  state.changed = true
}
