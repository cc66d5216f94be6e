import { isSyncedProject } from '../../domain/sync-settings.ts'
import { CURSOR_ZERO } from '../../domain/wire.ts'
import type { ConversationRecord } from '../../ports/records/conversation.ts'
import type { SpaceSync } from '../../ports/records/sync.ts'
import type { ReadTransaction } from '../../ports/storage.ts'
import { isSoundConversation } from '../mending/sound.ts'
import { rowsOfConversation } from '../sync/outbox-rows.ts'
import { readSyncSettings } from '../sync/settings.ts'
import { readSpace, readSpaces, spaceKey } from '../sync/space.ts'
import type { Database } from '../unit.ts'

/** What may go first: the trash, what was archived, then what rests longest. What is pinned stays. */
const SHELVES = ['trashed', 'archived', 'open'] as const

/** Conversations that look as if they could be freed, the first to go first. */
export async function candidatesIn(database: Database): Promise<readonly string[]> {
  const spaces = await database.read(['sync_metadata', 'settings'], async (tx) => {
    const settings = await readSyncSettings(tx)
    return (await readSpaces(tx)).filter(
      (space) => isSyncedProject(settings, space.projectId) && isTrusted(database, space),
    )
  })
  const found: string[] = []
  for (const shelf of SHELVES) {
    const onShelf: Pick<ConversationRecord, 'id' | 'lastMessageAt'>[] = []
    for (const { projectId } of spaces) {
      const range = { lower: [projectId, shelf], upper: [projectId, shelf, []] }
      const records = await database.read(['conversations'], (tx) =>
        tx.scan('conversations', { index: 'byProject', range }),
      )
      for (const record of records) if (isFreeable(record)) onShelf.push(record)
    }
    onShelf.sort((a, b) => a.lastMessageAt - b.lastMessageAt || (a.id < b.id ? -1 : 1))
    found.push(...onShelf.map(({ id }) => id))
  }
  return found
}

/**
 * How often the space of a conversation began anew, if everything of it is confirmed and can be fetched again; else null. Nothing that
 * waits for the cloud or that somebody writes is freed, and nothing while a space is compared with its cloud after a 410.
 */
export async function provenAt(
  tx: ReadTransaction,
  database: Database,
  conversationId: string,
): Promise<number | null> {
  const record = await tx.get('conversations', conversationId)
  if (record === undefined || !isFreeable(record)) return null
  const space = await readSpace(tx, spaceKey(record.projectId))
  if (space === undefined || !isTrusted(database, space)) return null
  if (!isSyncedProject(await readSyncSettings(tx), record.projectId)) return null
  if ((await rowsOfConversation(tx, conversationId)).length > 0) return null
  const range = { lower: [conversationId], upper: [conversationId, []] }
  if ((await tx.scan('drafts', { range, limit: 1 })).length > 0) return null
  return space.resets ?? 0
}

const isFreeable = (record: ConversationRecord): boolean =>
  isSoundConversation(record) &&
  record.absent === undefined &&
  record.damaged === undefined &&
  record.lacking === undefined &&
  record.conflicts.length === 0 &&
  !record.pinned &&
  record.packedCount + record.tailCount > 0

/** Whether what was confirmed in a space is in the cloud, as far as anybody knows. */
function isTrusted(database: Database, space: SpaceSync): boolean {
  const isSignedIn = space.parked === null || space.parked === 'page'
  const isCompared = !space.suspect && space.incarnation === database.incarnation
  return isSignedIn && isCompared && space.cursor !== CURSOR_ZERO && space.lastSuccessAt !== null
}
