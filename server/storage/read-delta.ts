import type { Cursor } from '../../src/domain/ids.ts'
import { CURSOR_ZERO } from '../../src/domain/wire.ts'
import { gone, parseCursor, pointToCursor } from './cursor.ts'
import type { Queries } from './engine.ts'
import { SHOWN_COLUMNS, type ShownRow, type ShownRows, splitRows } from './log-row.ts'
import { checkPoint, type FoundPoint, findPoint, findPointOfProject } from './points.ts'
import { type Program, rowsOf, together } from './program.ts'
import { findSpace, type ProjectKey, type SpaceHead, spaceOfProject } from './spaces.ts'
import { NOT_REPLACED, statement } from './statement.ts'

export type DeltaRequest = ProjectKey & {
  readonly cursor: Cursor
  /** Another cursor that the log has to hold. */
  readonly reached?: Cursor | undefined
  readonly limit: number
  /** A page ends before this many bytes, but holds at least one row. */
  readonly maxBytes: number
}

export type DeltaPage = ShownRows & { readonly cursor: Cursor; readonly more: boolean }

/** What the log holds after a cursor. A project that nobody has written to answers an empty page. */
export function* readDelta(queries: Queries, request: DeltaRequest): Program<DeltaPage> {
  const from = parseCursor(request.cursor)?.seq ?? 0
  const [head, point, reached, sizes] = yield* together<
    [SpaceHead | undefined, FoundPoint, FoundPoint, readonly { seq: number; bytes: number }[]]
  >(
    findSpace(queries, request),
    findPointOfProject(queries, request, request.cursor),
    findPointOfProject(queries, request, request.reached ?? CURSOR_ZERO),
    // Sizes first, so that a page of large bodies is never read whole.
    readSizes(queries, request, from),
  )
  if (head === undefined) {
    if (request.cursor !== CURSOR_ZERO) throw gone()
    return { operations: [], purges: [], cursor: CURSOR_ZERO, more: false }
  }
  checkPoint(head, reached)
  const after = checkPoint(head, point)
  let until = after
  let pageBytes = 0
  for (const { seq, bytes } of sizes) {
    pageBytes += bytes
    if (pageBytes > request.maxBytes && until > after) break
    until = seq
  }
  if (until === after) return { operations: [], purges: [], cursor: pointToCursor(head), more: false }
  const [rows, end] = yield* together<[readonly ShownRow[], FoundPoint]>(
    readRows(queries, head.space, from, until),
    findPoint(queries, head.space, pointToCursor({ ...head, seq: until })),
  )
  if (end.digest === undefined) throw gone()
  return {
    ...splitRows(rows),
    cursor: pointToCursor({ ...head, seq: until, digest: end.digest, shownAt: head }),
    more: until < head.seq,
  }
}

function* readSizes(
  queries: Queries,
  request: DeltaRequest,
  from: number,
): Program<readonly { seq: number; bytes: number }[]> {
  const { account, projectId, limit } = request
  return yield* rowsOf(
    statement(queries, 'delta sizes', [account, projectId, from, limit], () =>
      queries.db
        .selectFrom('log')
        .where('space', '=', spaceOfProject(queries, request))
        .where('seq', '>', from)
        .orderBy('seq')
        .limit(limit)
        .select(['seq', 'bytes']),
    ),
  )
}

function* readRows(
  queries: Queries,
  space: string,
  from: number,
  until: number,
): Program<readonly ShownRow[]> {
  return yield* rowsOf(
    statement(queries, 'delta rows', [space, from, until], () =>
      queries.db
        .selectFrom('log')
        .where('space', '=', space)
        .where('seq', '>', from)
        .where('seq', '<=', until)
        .where('live', '>', NOT_REPLACED)
        .orderBy('seq')
        .select(SHOWN_COLUMNS),
    ),
  )
}
