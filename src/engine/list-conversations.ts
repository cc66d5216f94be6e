import type { Shelf } from '../domain/conversation.ts'
import type { ConversationPage, ListedConversation, ListQuery } from '../domain/service/conversation-list.ts'
import type { ConversationRecord } from '../ports/records/conversation.ts'
import type { ReadTransaction } from '../ports/storage.ts'
import { recordToMetadata } from './listed.ts'
import { toSoundConversation } from './mending/records.ts'
import { isSoundConversation } from './mending/sound.ts'

const DEFAULT_LIMIT = 50

/** Shelf by shelf, newest first, straight from the index. */
export async function listConversations(tx: ReadTransaction, query: ListQuery): Promise<ConversationPage> {
  const shelves = query.shelves ?? (['pinned', 'open'] as const)
  const limit = query.limit ?? DEFAULT_LIMIT
  const { after, projectId } = query
  const from = after === undefined ? 0 : Math.max(0, shelves.indexOf(after.shelf))
  const conversations: ListedConversation[] = []

  function read(shelf: Shelf): Promise<readonly ConversationRecord[]> {
    const resumed = after?.shelf === shelf
    const upper = resumed ? [projectId, shelf, after.lastMessageAt, after.id] : [projectId, shelf, []]
    const range = { lower: [projectId, shelf], upper, ...(resumed ? { upperOpen: true } : {}) }
    const missing = limit + 1 - conversations.length
    return tx.scan('conversations', { index: 'byProject', range, direction: 'backward', limit: missing })
  }

  let ahead: readonly ConversationRecord[] | undefined
  for (const [index, shelf] of shelves.entries()) {
    if (index < from) continue
    const next = shelves[index + 1]
    // Few are pinned: what follows them is read beside them.
    const isFew = shelf === 'pinned' && next !== undefined
    const [records, following] = await Promise.all([ahead ?? read(shelf), isFew ? read(next) : undefined])
    ahead = following
    for (const record of records) {
      if (conversations.length < limit) {
        conversations.push(
          recordToMetadata(isSoundConversation(record) ? record : toSoundConversation(record, 0)),
        )
        continue
      }
      const last = conversations.at(-1)
      if (last === undefined) break
      const { archived, pinned, trashed } = last
      const lastShelf = trashed ? 'trashed' : archived ? 'archived' : pinned ? 'pinned' : 'open'
      return { conversations, next: { shelf: lastShelf, lastMessageAt: last.updatedAt, id: last.id } }
    }
  }
  return { conversations, next: null }
}

/** The conversation of a project with the newest message, pinned or not. */
export async function latestConversation(
  tx: ReadTransaction,
  projectId: string,
): Promise<ListedConversation | null> {
  const candidates = await Promise.all(
    (['pinned', 'open'] as const).map((shelf) =>
      tx.scan('conversations', {
        index: 'byProject',
        range: { lower: [projectId, shelf], upper: [projectId, shelf, []] },
        direction: 'backward',
        limit: 1,
      }),
    ),
  )
  const [newest] = candidates.flat().sort((a, b) => b.lastMessageAt - a.lastMessageAt)
  return newest === undefined ? null : recordToMetadata(newest)
}

/** Every project of this database becomes a space when it is first written to or heard of. */
export async function listProjects(tx: ReadTransaction): Promise<{ readonly projects: readonly string[] }> {
  const records = await tx.scan('sync_metadata', { range: { lower: 's:', upper: 's;', upperOpen: true } })
  return { projects: records.flatMap((record) => (record.kind === 'space' ? [record.projectId] : [])) }
}
