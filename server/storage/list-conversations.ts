import type { ConversationMetadata } from '../../src/domain/conversation.ts'
import { ChatkeepError } from '../../src/domain/errors.ts'
import type { Cursor } from '../../src/domain/ids.ts'
import { CURSOR_ZERO } from '../../src/domain/wire.ts'
import type { StoredMetadata } from '../projection/metadata.ts'
import { pointToCursor } from './cursor.ts'
import type { Queries } from './engine.ts'
import { type Program, rowsOf } from './program.ts'
import { findSpace, type ProjectKey } from './spaces.ts'

export type ListRequest = ProjectKey & {
  /** `next` of the page before. */
  readonly before: string | undefined
  readonly limit: number
  readonly includesTrashed: boolean
  /** Also those that were deleted for ever, marked: a new device has to know what was purged. */
  readonly includesGone?: boolean
}

export type ConversationList = {
  readonly conversations: readonly (ConversationMetadata & { readonly gone?: true })[]
  readonly next: string | null
  /** The head when the listing began, the same on all its pages. */
  readonly cursor: Cursor
}

type Place = { readonly updatedAt: number; readonly id: string; readonly cursor: Cursor }

/** The conversations of a project, newest first by (updatedAt, id). */
export function* listConversations(queries: Queries, request: ListRequest): Program<ConversationList> {
  const before = request.before === undefined ? undefined : parsePlace(request.before)
  const head = yield* findSpace(queries, request)
  if (head === undefined) return { conversations: [], next: null, cursor: CURSOR_ZERO }
  const cursor = before?.cursor ?? pointToCursor(head)
  let query = queries.db
    .selectFrom('conversations')
    .where('space', '=', head.space)
    .orderBy('updated_at', 'desc')
    .orderBy('id', 'desc')
    .limit(request.limit + 1)
    .select(['id', 'updated_at', 'metadata', 'present'])
  if (request.includesGone !== true) query = query.where('present', '=', 1)
  if (!request.includesTrashed) query = query.where('trashed', '=', 0)
  if (before !== undefined) {
    query = query.where((eb) =>
      eb.or([
        eb('updated_at', '<', before.updatedAt),
        eb.and([eb('updated_at', '=', before.updatedAt), eb('id', '<', before.id)]),
      ]),
    )
  }
  const rows = yield* rowsOf(query)
  const page = rows.slice(0, request.limit)
  const last = page[page.length - 1]
  return {
    conversations: page.map((row) => ({
      ...storedToMetadata(row.metadata, row.id, request.projectId),
      ...(row.present === 1 ? {} : { gone: true as const }),
    })),
    next:
      rows.length > page.length && last
        ? placeToText({ updatedAt: last.updated_at, id: last.id, cursor })
        : null,
    cursor,
  }
}

/** Stored metadata as one account sees it. */
export function storedToMetadata(metadata: string, id: string, projectId: string): ConversationMetadata {
  return { id, projectId, ...(JSON.parse(metadata) as StoredMetadata) }
}

function placeToText({ updatedAt, id, cursor }: Place): string {
  return Buffer.from(JSON.stringify([updatedAt, id, cursor])).toString('base64url')
}

function parsePlace(text: string): Place {
  try {
    const [updatedAt, id, cursor] = JSON.parse(Buffer.from(text, 'base64url').toString()) as unknown[]
    if (Number.isSafeInteger(updatedAt) && typeof id === 'string' && typeof cursor === 'string') {
      return { updatedAt: updatedAt as number, id, cursor: cursor as Cursor }
    }
  } catch {
    // Not one of ours: refused below.
  }
  throw new ChatkeepError('input/invalid', '`before` is not the `next` of an earlier page.', {
    details: { path: 'before' },
  })
}
